"""Attacks by correlated aggregates: what is looked up for a row is that person's own, or a protected cell."""

from decimal import Decimal

from tests.attacks.support_worlds import asked, hides, patient, people, shows, visit, world
from tests.support.ask import Enclave

FEW = world(
    [
        *people(40),
        *(patient(person, diagnosis="RARE", weight=Decimal(60 + person)) for person in range(41, 45)),
    ],
    visits=[visit(person, number, urgent=person > 40) for person in range(1, 45) for number in (1, 2)],
)


def test_a_cell_of_few_people_is_not_looked_up() -> None:
    """The mean of four, beside each of the four. Source: leaves below a join back to people are protected."""
    mean = "(SELECT avg(o.weight) FROM patient o WHERE o.diagnosis = p.diagnosis)"
    hides(FEW, f"SELECT count(*) FROM patient p WHERE {mean} > 90", [(4,)])
    hides(FEW, f"SELECT {mean} AS m, count(*) FROM patient p GROUP BY 1", [(70.0, 40), (102.5, 4)])
    shows(FEW, f"SELECT count(*) FROM patient p WHERE {mean.replace('diagnosis', 'hospital_id')} > 70")


def test_what_a_person_sums_up_to_has_the_conditions_of_its_subquery() -> None:
    """Urgent visits of the four alone. Source: our rule on conditions inside a person's own summary."""
    urgent = "(SELECT count(*) FROM visit v WHERE v.person = p.person AND v.urgent)"
    hides(FEW, f"SELECT sum({urgent}) FROM patient p", [(8,)])
    hides(FEW, f"SELECT count(*) FROM patient p WHERE {urgent} > 1", [(4,)])
    assert asked(FEW, f"SELECT {urgent} AS n, count(*) FROM patient p GROUP BY 1").rows == ((0, 40),)
    hides(FEW, f"SELECT count(*) FILTER (WHERE {urgent} = 0) FROM patient p", [(40,)])
    inside = "(SELECT max(CASE WHEN v.urgent THEN 1 ELSE 0 END) FROM visit v WHERE v.person = p.person)"
    hides(FEW, f"SELECT sum({inside}) FROM patient p", [(4,)])
    shows(FEW, "SELECT sum((SELECT count(*) FROM visit v WHERE v.person = p.person)) FROM patient p")


def test_all_less_those_with_a_summary_is_not_told() -> None:
    urgent = "(SELECT count(*) FROM visit v WHERE v.person = p.person AND v.urgent)"
    with Enclave(FEW, min_units=10) as enclave:
        assert enclave.ask("SELECT count(*) FROM patient").rows == ((44,),)
        assert enclave.ask(f"SELECT count(*) FROM patient p WHERE {urgent} = 0").rows == ((None,),)


def test_a_lookup_for_public_rows_is_the_protected_table() -> None:
    """A subquery over people beside each hospital. Source: our table of subqueries."""
    rare = "(SELECT count(*) FROM patient o WHERE o.hospital_id = h.hospital_id AND o.diagnosis = 'RARE')"
    assert asked(FEW, f"SELECT h.hospital_id, {rare} FROM hospital h WHERE h.beds = 50").rows == (
        (100, None),
    )
    everyone = "(SELECT count(*) FROM patient o WHERE o.hospital_id = h.hospital_id)"
    assert asked(FEW, f"SELECT h.hospital_id, {everyone} FROM hospital h").rows == (
        (100, 44),
        (101, None),
        (102, None),
    )


def test_it_cannot_stand_where_the_join_is_not_made_yet() -> None:
    own = "(SELECT count(*) FROM visit w WHERE w.person = p.person)"
    join = f"patient p JOIN visit v ON v.person = p.person AND v.visit_number < {own}"
    assert asked(FEW, f"SELECT count(*) FROM {join}").code == "mixes-people"
