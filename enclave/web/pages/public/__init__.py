"""Pages for everybody, without a sign-in: the register of uses, how people are protected, what problems mean."""

from enclave.web.pages.public.methods import router as methods
from enclave.web.pages.public.register import router as register

ROUTERS = (register, methods)
