# The command line in an image. Query workers need Landlock and a system-call filter of the host's kernel; which level
# of the sandbox is reached is measured at start, and the home's house.yaml says which is enough.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/enclave && /opt/enclave/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md CHANGELOG.md ./
COPY enclave enclave
COPY synthetic_data synthetic_data
COPY policies policies
RUN /opt/enclave/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 enclave
COPY --from=build /opt/enclave /opt/enclave
ENV PATH=/opt/enclave/bin:$PATH ENCLAVE_HOME=/home/enclave/home
USER enclave
WORKDIR /home/enclave
ENTRYPOINT ["enclave"]
CMD ["--help"]
