-- Network ACLs of ctyun's subnets (TYQ-02).
CREATE TABLE "network_acl" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "network_acl_account" ON "network_acl" ("account", "region");

CREATE TABLE "acl_rule" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "acl" TEXT NOT NULL REFERENCES "network_acl",
  "direction" TEXT NOT NULL,
  "order" INTEGER NOT NULL,
  "action" TEXT NOT NULL,
  "protocol" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "source_from" INTEGER NOT NULL,
  "source_to" INTEGER NOT NULL,
  "destination" TEXT NOT NULL,
  "destination_from" INTEGER NOT NULL,
  "destination_to" INTEGER NOT NULL,
  "description" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "acl_rule_account" ON "acl_rule" ("account");
CREATE INDEX "acl_rule_acl" ON "acl_rule" ("acl", "direction");

ALTER TABLE "vswitch" ADD COLUMN "acl" TEXT REFERENCES "network_acl";
CREATE INDEX "vswitch_acl" ON "vswitch" ("acl");
