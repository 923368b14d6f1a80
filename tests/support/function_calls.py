"""One call of each function that may be written.

Over x, y (DOUBLE), i (INTEGER), s, r (VARCHAR), d, e (DATE), t (TIMESTAMP), b (BOOLEAN), l (VARCHAR[]).
"""

import re
from collections.abc import Mapping

CALLS = """
abs(x) acos(0.5) acosh(2.0) age(t,t) any_value(s) approx_count_distinct(s) approx_quantile(x,0.5)
arbitrary(s) arg_max(s,x) arg_min(s,x) argmax(s,x) argmin(s,x) array_agg(s) asin(0.5) asinh(x) atan(x)
atan2(x,y) atanh(0.5) avg(x) bool_and(b) bool_or(b) cbrt(x) ceil(x) ceiling(x) century(d) char_length(s)
character_length(s) chr(65) coalesce(s,'a') concat(s,r) concat_ws('-',s,r) contains(s,'a') corr(x,y) cos(x)
cosh(x) cot(x) count(s) count_if(b) countif(b) covar_pop(x,y) covar_samp(x,y) cume_dist()
date_diff('day',d,e) date_part('year',d) date_sub('month',d,e) date_trunc('month',d) datediff('day',d,e)
datepart('year',d) datesub('month',d,e) datetrunc('month',d) day(d) dayname(d) dayofmonth(d) dayofweek(d)
dayofyear(d) days_in_month(d) decade(d) degrees(x) dense_rank() ends_with(s,'a') entropy(s) epoch(d) era(d)
even(x) exp(x) extract(year FROM d) favg(x) fdiv(x,y) first(s) first_value(s) floor(x) fmod(x,y)
format('{}',s) fsum(x) gamma(x) gcd(i,2) geomean(x) geometric_mean(x) greatest(x,y)
greatest_common_divisor(i,2) group_concat(s,',') grouping(s) grouping_id(s) hour(t) if(b,1,2) ifnull(s,'a')
instr(s,'a') isfinite(x) isinf(x) isnan(x) isodow(d) isoyear(d) kahan_sum(x) kurtosis(x) kurtosis_pop(x)
lag(x) last(s) last_day(d) last_value(s) lcase(s) lcm(i,2) lead(x) least(x,y) least_common_multiple(i,2)
left(s,1) left_grapheme(s,1) len(s) length(s) length_grapheme(s) lgamma(x) list(s)
list_contains(l,'a') list_distinct(l) list_element(l,1) list_extract(l,1)
list_position(l,'a') list_unique(l) listagg(s,',') ln(x)
log(x) log10(x) log2(x) lower(s) lpad(s,4,'0') ltrim(s) mad(x) make_date(2024,1,2) make_time(1,2,3.0)
make_timestamp(2024,1,2,3,4,5.0) max(x) max_by(s,x) mean(x) median(x) microsecond(t) millennium(d)
millisecond(t) min(x) min_by(s,x) minute(t) mod(i,2) mode(s) month(d) monthname(d) nextafter(x,y)
nfc_normalize(s) nth_value(s,2) ntile(4) nullif(s,'a') percent_rank() percentile_cont(0.5)
percentile_disc(0.5) pi() position('a' IN s) pow(x,2) power(x,2) prefix(s,'a') printf('%s',s) product(x)
quantile(x,0.5) quantile_cont(x,0.5) quantile_disc(x,0.5) quarter(d) radians(x) rank() rank_dense()
regexp_extract(s,'a') regexp_full_match(s,'a') regexp_matches(s,'a') regexp_replace(s,'a','b')
regr_avgx(x,y) regr_avgy(x,y) regr_count(x,y) regr_intercept(x,y) regr_r2(x,y) regr_slope(x,y) regr_sxx(x,y)
regr_sxy(x,y) regr_syy(x,y) replace(s,'a','b') reverse(s) right(s,1) right_grapheme(s,1) round(x,1)
round_even(x,1) roundbankers(x,1) row_number() rpad(s,4,'0') rtrim(s) second(t) sem(x) sign(x) signbit(x)
sin(x) sinh(x) skewness(x) split_part(s,'/',1) sqrt(x) starts_with(s,'a') stddev(x) stddev_pop(x)
stddev_samp(x) strftime(d,'%Y') string_agg(s,',') strip_accents(s) strlen(s) strpos(s,'a') strptime(s,'%Y')
substr(s,1,2) substring(s,1,2) substring_grapheme(s,1,2) suffix(s,'a') sum(x) sumkahan(x) tan(x) tanh(x)
time_bucket(INTERVAL 3 MONTH,d)
to_days(i) to_hours(i) to_minutes(i) to_months(i) to_quarters(i) to_seconds(x) to_weeks(i) to_years(i)
translate(s,'a','b') trim(s) trunc(x) try(x+1) try_strptime(s,'%Y') ucase(s) upper(s) var_pop(x) var_samp(x)
variance(x) wavg(x,y) week(d) weekday(d) weekofyear(d) weighted_avg(x,y) xor(i,2) year(d) yearweek(d)
"""
_CALL = re.compile(r"(\w+)\((?:[^()']|'[^']*')*\)")
_TOKEN = re.compile(r"'[^']*'|\w+|\S|\s+")


def calls() -> dict[str, str]:
    """The call of each function, under its name."""
    return {match.group(1): match.group() for match in _CALL.finditer(CALLS)}


def call_over(call: str, columns: Mapping[str, str]) -> str:
    """The call with other columns in the places of x, y, i …"""
    return "".join(columns.get(token, token) for token in _TOKEN.findall(call))


def letters(call: str) -> set[str]:
    """Which of the columns a call takes."""
    return {token for token in _TOKEN.findall(call) if token in "xyisrdetbl"}
