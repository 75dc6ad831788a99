# syntax=docker/dockerfile:1
# The image of policyengine itself.
#
# There is no HEALTHCHECK: the container runs one command and ends, so nothing could be asked
# whether it is well; its exit code says how it went. HEALTHCHECK NONE says so to who looks.
#
# The base is pinned by digest. To move it:
#   docker buildx imagetools inspect docker.io/library/python:3.13-slim-bookworm
# and put the tag and the digest that it prints into BASE, in one change.
ARG BASE=docker.io/library/python:3.13.0-slim-bookworm@sha256:751d8bece269ba9e672b3f2226050e7e6fb3f3da3408b5dcb5d415a054fcb061

FROM ${BASE} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE CHANGELOG.md ./
COPY policyengine policyengine
COPY policies policies
COPY schemas schemas
COPY bundles bundles
COPY docs docs
COPY examples examples
RUN python -m venv /opt/policyengine \
    && /opt/policyengine/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM ${BASE}
LABEL org.opencontainers.image.title="policyengine" \
      org.opencontainers.image.description="Decide, from evidence, whether a container image may ship" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/image-policyengine/image-policyengine" \
      org.opencontainers.image.version="0.1.0"
COPY --from=build /opt/policyengine /opt/policyengine
# By number: whoever looks need not know what a name in /etc/passwd stands for.
USER 10001:10001
WORKDIR /work
ENV PATH=/opt/policyengine/bin:$PATH
HEALTHCHECK NONE
ENTRYPOINT ["policyengine"]
CMD ["--help"]
