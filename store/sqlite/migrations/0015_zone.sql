-- Zones that fail, zones of an endpoint whose connection the provider closes by
-- itself or moves to another resource, and resources that only a person
-- assigns.
CREATE TABLE "zone" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "region" TEXT NOT NULL,
  "failed" INTEGER NOT NULL,
  "by" TEXT NOT NULL,
  "since" INTEGER
) STRICT;

ALTER TABLE "interface" ADD COLUMN "refused" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "interface" ADD COLUMN "moved_from" TEXT NOT NULL DEFAULT '';
ALTER TABLE "interface" ADD COLUMN "moved" INTEGER;
ALTER TABLE "interface" ADD COLUMN "until" INTEGER;
ALTER TABLE "observation" ADD COLUMN "old" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "resource" ADD COLUMN "manual" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "attempt" ADD COLUMN "zone" TEXT NOT NULL DEFAULT '';

-- What is in a zone is found without reading what is not.
CREATE INDEX "vswitch_zone" ON "vswitch" ("zone");
CREATE INDEX "instance_zone" ON "instance" ("zone", "running");
CREATE INDEX "balancer_zone" ON "balancer" ("zone", "backup_zone");
CREATE INDEX "balancer_backup" ON "balancer" ("backup_zone") WHERE "backup_zone" <> '';

-- One more fact of an endpoint: some interface has a resource. A failed zone
-- keeps no connection from being connected in the others.
ALTER TABLE "endpoint" ADD COLUMN "assigned" INTEGER NOT NULL DEFAULT 0;
UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting");

DROP TRIGGER "interface_made";
CREATE TRIGGER "interface_made" AFTER INSERT ON "interface" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = NEW."endpoint";
END;
DROP TRIGGER "interface_changed";
CREATE TRIGGER "interface_changed" AFTER UPDATE ON "interface"
WHEN OLD."endpoint" <> NEW."endpoint" OR OLD."resource" IS NOT NEW."resource" OR OLD."deleting" <> NEW."deleting" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" IN (OLD."endpoint", NEW."endpoint");
END;
DROP TRIGGER "interface_gone";
CREATE TRIGGER "interface_gone" AFTER DELETE ON "interface" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = OLD."endpoint";
END;
DROP TRIGGER "observation_made";
CREATE TRIGGER "observation_made" AFTER INSERT ON "observation" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = NEW."id");
END;
DROP TRIGGER "observation_changed";
CREATE TRIGGER "observation_changed" AFTER UPDATE ON "observation"
WHEN OLD."bound" <> NEW."bound" OR OLD."open" <> NEW."open" OR OLD."problem" <> NEW."problem" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = NEW."id");
END;
DROP TRIGGER "observation_gone";
CREATE TRIGGER "observation_gone" AFTER DELETE ON "observation" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes", "failed", "assigned") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0) AND "i"."resource" IS NOT NULL)
      AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL OR coalesce("o"."problem", '') = 'problem.zone'), 0),
    coalesce(max(coalesce("o"."problem", '') <> ''), 0),
    coalesce(max("i"."resource" IS NOT NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = OLD."id");
END;
