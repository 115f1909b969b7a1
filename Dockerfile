FROM node:24-slim
WORKDIR /app
COPY . .
# Only what the package `longhaul` needs, and the MCP server of examples/quickstart. The Node of the image runs it, so the pinned one (optional) stays out.
RUN npm ci --omit=dev --omit=optional -w longhaul -w @longhaul/example-quickstart && npm cache clean --force
# Tools in a mounted project import `longhaul` and `zod` from here.
RUN ln -s /app/node_modules /node_modules
ENV NODE_ENV=production
USER node
EXPOSE 4620
ENTRYPOINT ["node", "/app/apps/cli/src/main.ts"]
