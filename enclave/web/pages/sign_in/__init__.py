"""Signing in and out with a browser."""

from enclave.web.pages.sign_in import provider, routes

ROUTERS = (routes.router, provider.router)
