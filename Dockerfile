# The build runs on the platform of the builder. What it creates runs on every platform.
FROM --platform=$BUILDPLATFORM node:26-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The lock file contains this package; the image does not.
COPY sdk/typescript/package.json ./sdk/typescript/
# The install scripts only provide a second Node for development.
RUN npm ci --ignore-scripts --no-audit
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
COPY telemetry ./telemetry
COPY ui ./ui
RUN node scripts/build.ts && find dist -name '*.map' -delete
RUN npm prune --omit=dev --ignore-scripts --no-audit && rm -rf node_modules/@asya
RUN mkdir bin && ln -s /app/dist/src/bin.js bin/asya-sidecar

# This stage runs no command, so that building for another platform needs no emulation.
FROM node:26-slim
ENV NODE_ENV=production
WORKDIR /app
COPY LICENSE ./
COPY --from=build /build/bin/ /usr/local/bin/
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# The unprivileged user of the base image, as a number, so that Kubernetes can check runAsNonRoot. The
# sidecar writes only files that a variable names, so the root file system may be read-only.
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "const port = (process.env.ASYA_METRICS_ADDR || ':8080').split(':').pop(); fetch('http://127.0.0.1:' + port + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["asya-sidecar"]
ARG REVISION=unknown
LABEL org.opencontainers.image.title="asya-sidecar" \
      org.opencontainers.image.description="Actor sidecar: connects message queues to a local runtime over a Unix socket" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/asya-sidecar/asya-sidecar" \
      org.opencontainers.image.documentation="https://github.com/asya-sidecar/asya-sidecar/blob/main/docs/install.md" \
      org.opencontainers.image.licenses="Apache-2.0"
