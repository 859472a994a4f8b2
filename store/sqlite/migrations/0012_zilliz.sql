-- Zilliz Cloud: projects of an account, clusters in them, private links from
-- endpoints to the clusters, and what stands in the dialog that makes one.
-- A private link outlives its endpoint, which may be deleted at any time.
CREATE TABLE "project" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "name" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE UNIQUE INDEX "project_name" ON "project" ("account", "name");

CREATE TABLE "cluster" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "project" TEXT NOT NULL REFERENCES "project",
  "name" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "region" TEXT NOT NULL,
  "plan" TEXT NOT NULL,
  "port" INTEGER NOT NULL,
  "instance" TEXT NOT NULL REFERENCES "instance",
  "service" TEXT NOT NULL REFERENCES "service",
  "built_in" INTEGER NOT NULL,
  "public" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "cluster_account" ON "cluster" ("account");
CREATE INDEX "cluster_project" ON "cluster" ("project");
CREATE INDEX "cluster_service" ON "cluster" ("service");
CREATE UNIQUE INDEX "cluster_port" ON "cluster" ("instance", "port");

CREATE TABLE "private_link" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "project" TEXT NOT NULL REFERENCES "project",
  "provider" TEXT NOT NULL,
  "region" TEXT NOT NULL,
  "service" TEXT NOT NULL REFERENCES "service",
  "endpoint" TEXT NOT NULL,
  "consumer" TEXT NOT NULL REFERENCES "account",
  "created" INTEGER
) STRICT;
CREATE INDEX "private_link_account" ON "private_link" ("account");
CREATE INDEX "private_link_project" ON "private_link" ("project");
CREATE INDEX "private_link_service" ON "private_link" ("service");
CREATE INDEX "private_link_consumer" ON "private_link" ("consumer");
CREATE UNIQUE INDEX "private_link_endpoint" ON "private_link" ("endpoint");

CREATE TABLE "link_form" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "project" TEXT NOT NULL REFERENCES "project" ON DELETE CASCADE,
  "region" TEXT NOT NULL,
  "endpoint" TEXT NOT NULL,
  "typed" INTEGER
) STRICT;
CREATE INDEX "link_form_account" ON "link_form" ("account");
CREATE INDEX "link_form_project" ON "link_form" ("project");
