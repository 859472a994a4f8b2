-- What ctyun's services and endpoints have beside those of aliyun: a service
-- has a name of its own, a VPC, mappings of ports and one resource without a
-- zone, which may be an instance's NIC or, of the operator's DNS, nothing that
-- is stored. A service that is gone leaves a tombstone.

ALTER TABLE "account" ADD COLUMN "operator" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "service" ADD COLUMN "given" TEXT NOT NULL DEFAULT '';
ALTER TABLE "service" ADD COLUMN "vpc" TEXT REFERENCES "vpc";
ALTER TABLE "service" ADD COLUMN "mappings" TEXT NOT NULL DEFAULT 'null';
ALTER TABLE "service" ADD COLUMN "deleting" INTEGER NOT NULL DEFAULT 0;
CREATE INDEX "service_vpc" ON "service" ("vpc");

ALTER TABLE "endpoint" ADD COLUMN "private_domain" INTEGER NOT NULL DEFAULT 1;

CREATE TABLE "tombstone" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "created" INTEGER,
  "deleted" INTEGER
) STRICT;
CREATE INDEX "tombstone_account" ON "tombstone" ("account", "region");

-- A resource need not be a CLB any more. The column cannot be loosened in
-- place, so the table is made again; its rows may not be named meanwhile.
CREATE TABLE "assigned" AS SELECT "id", "resource" FROM "interface" WHERE "resource" IS NOT NULL;
UPDATE "interface" SET "resource" = NULL;
CREATE TABLE "resource_new" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "service" TEXT NOT NULL REFERENCES "service",
  "zone" TEXT NOT NULL,
  "balancer" TEXT REFERENCES "balancer",
  "instance" TEXT REFERENCES "instance",
  "nic" TEXT NOT NULL DEFAULT '',
  "created" INTEGER
) STRICT;
INSERT INTO "resource_new" ("id", "account", "service", "zone", "balancer", "created")
  SELECT "id", "account", "service", "zone", "balancer", "created" FROM "resource" ORDER BY rowid;
DROP TABLE "resource";
ALTER TABLE "resource_new" RENAME TO "resource";
CREATE INDEX "resource_account" ON "resource" ("account");
CREATE INDEX "resource_service" ON "resource" ("service");
CREATE INDEX "resource_balancer" ON "resource" ("balancer");
CREATE INDEX "resource_instance" ON "resource" ("instance");
UPDATE "interface" SET "resource" = (SELECT "resource" FROM "assigned" WHERE "assigned"."id" = "interface"."id");
DROP TABLE "assigned";

-- One more fact of an endpoint: something about an interface has failed.
ALTER TABLE "endpoint" ADD COLUMN "failed" INTEGER NOT NULL DEFAULT 0;
UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting");

DROP TRIGGER "interface_made";
CREATE TRIGGER "interface_made" AFTER INSERT ON "interface" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = NEW."endpoint";
END;
DROP TRIGGER "interface_changed";
CREATE TRIGGER "interface_changed" AFTER UPDATE ON "interface"
WHEN OLD."endpoint" <> NEW."endpoint" OR OLD."resource" IS NOT NEW."resource" OR OLD."deleting" <> NEW."deleting" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" IN (OLD."endpoint", NEW."endpoint");
END;
DROP TRIGGER "interface_gone";
CREATE TRIGGER "interface_gone" AFTER DELETE ON "interface" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = OLD."endpoint";
END;
DROP TRIGGER "observation_made";
CREATE TRIGGER "observation_made" AFTER INSERT ON "observation" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = NEW."id");
END;
DROP TRIGGER "observation_changed";
CREATE TRIGGER "observation_changed" AFTER UPDATE ON "observation"
WHEN OLD."bound" <> NEW."bound" OR OLD."open" <> NEW."open" OR OLD."problem" <> NEW."problem" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = NEW."id");
END;
DROP TRIGGER "observation_gone";
CREATE TRIGGER "observation_gone" AFTER DELETE ON "observation" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = OLD."id");
END;
