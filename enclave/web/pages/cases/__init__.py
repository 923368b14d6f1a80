"""Pages of those who answer requests of people about their own records; and demands of authorities, for everybody."""

from enclave.web.pages.cases.handling import router as handling

ROUTERS = (handling,)
