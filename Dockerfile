# The service in an image: no shell tools added, no root, nothing written but in the home (a volume) and /tmp.
#
#   docker build -t enclave .
#   docker run --rm -v enclave-home:/var/lib/enclave enclave init /var/lib/enclave/home
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#              -v enclave-home:/var/lib/enclave -p 127.0.0.1:8000:8000 enclave
#
# People sign in with tokens of the issuers in the home's policies/sign-in.yaml; TLS is for the proxy in front. Query workers
# need Landlock and a system-call filter of the host's kernel: which level of the sandbox is reached is measured at start,
# and the home's house.yaml says which is enough.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/enclave
RUN /opt/enclave/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md CHANGELOG.md ./
COPY enclave enclave
COPY synthetic_data synthetic_data
COPY policies policies
COPY docs/problems docs/problems
RUN /opt/enclave/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .
RUN mkdir /opt/enclave/home && /opt/enclave/bin/python -m compileall -q /opt/enclave/lib

FROM python:3.11-slim
COPY --from=build /opt/enclave /opt/enclave
COPY --from=build --chown=10001:10001 /opt/enclave/home /var/lib/enclave
ENV PATH=/opt/enclave/bin:$PATH HOME=/var/lib/enclave ENCLAVE_HOME=/var/lib/enclave/home \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/enclave
VOLUME /var/lib/enclave
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["enclave"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
