"""Pages for everybody, without a sign-in: the register of uses, reports, how people are protected, problems."""

from enclave.web.pages.public.methods import router as methods
from enclave.web.pages.public.register import router as register
from enclave.web.pages.public.reports import router as reports

ROUTERS = (register, reports, methods)
