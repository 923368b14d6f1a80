"""Enclave: a Five Safes secure-access research enclave. Users come to the data; checked statistics leave."""
