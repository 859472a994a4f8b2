-- What lists of ten thousand rows need: orders to read a page from, and four
-- facts of an endpoint that follow from its interfaces, what was observed of
-- them, and its service. Triggers keep them in the transaction that changed
-- what they follow from, so that they are never wrong; what they mean is
-- cloud.EndpointFacts.

CREATE INDEX "endpoint_created" ON "endpoint" ("account", "region");
CREATE INDEX "endpoint_name" ON "endpoint" ("account", "region", lower(coalesce("name", '')));
CREATE INDEX "endpoint_by_service" ON "endpoint" ("account", "region", lower(coalesce("service", '')));
CREATE INDEX "interface_place" ON "interface" ("account", "zone", "id");
-- Attempts are counted without reading them.
CREATE INDEX "attempt_consumer" ON "attempt" ("consumer", "allowed", "time");
CREATE INDEX "attempt_provider" ON "attempt" ("provider", "consumer", "allowed", "time");

ALTER TABLE "endpoint" ADD COLUMN "served" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "endpoint" ADD COLUMN "bound" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "endpoint" ADD COLUMN "open" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "endpoint" ADD COLUMN "passes" INTEGER NOT NULL DEFAULT 0;

UPDATE "endpoint" SET "served" = EXISTS (SELECT 1 FROM "service" WHERE "service"."id" = "endpoint"."service");
UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting");

-- States are counted without reading the endpoints.
CREATE INDEX "endpoint_state" ON "endpoint" ("account", "region", "deleting", "served", "decision", "passes", "open", "bound");
CREATE INDEX "endpoint_asked" ON "endpoint" ("provider", "region", "served", "deleting", "decision");

CREATE TRIGGER "endpoint_made" AFTER INSERT ON "endpoint" BEGIN
  UPDATE "endpoint" SET "served" = EXISTS (SELECT 1 FROM "service" WHERE "id" = NEW."service") WHERE "id" = NEW."id";
END;
CREATE TRIGGER "endpoint_moved" AFTER UPDATE ON "endpoint" WHEN OLD."service" <> NEW."service" BEGIN
  UPDATE "endpoint" SET "served" = EXISTS (SELECT 1 FROM "service" WHERE "id" = NEW."service") WHERE "id" = NEW."id";
END;
CREATE TRIGGER "service_made" AFTER INSERT ON "service" BEGIN
  UPDATE "endpoint" SET "served" = 1 WHERE "service" = NEW."id";
END;
CREATE TRIGGER "service_gone" AFTER DELETE ON "service" BEGIN
  UPDATE "endpoint" SET "served" = 0 WHERE "service" = OLD."id";
END;

CREATE TRIGGER "interface_made" AFTER INSERT ON "interface" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = NEW."endpoint";
END;
CREATE TRIGGER "interface_changed" AFTER UPDATE ON "interface"
WHEN OLD."endpoint" <> NEW."endpoint" OR OLD."resource" IS NOT NEW."resource" OR OLD."deleting" <> NEW."deleting" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" IN (OLD."endpoint", NEW."endpoint");
END;
CREATE TRIGGER "interface_gone" AFTER DELETE ON "interface" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = OLD."endpoint";
END;
CREATE TRIGGER "observation_made" AFTER INSERT ON "observation" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = NEW."id");
END;
CREATE TRIGGER "observation_changed" AFTER UPDATE ON "observation"
WHEN OLD."bound" <> NEW."bound" OR OLD."open" <> NEW."open" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = NEW."id");
END;
CREATE TRIGGER "observation_gone" AFTER DELETE ON "observation" BEGIN
  UPDATE "endpoint" SET ("bound", "open", "passes") = (SELECT
    coalesce(min(coalesce("o"."bound", 0)), 1),
    coalesce(max(coalesce("o"."open", 0)), 0),
    coalesce(max(coalesce("o"."open", 0)) AND min(coalesce("o"."open", 0) OR "i"."resource" IS NULL), 0)
    FROM "interface" AS "i" LEFT JOIN "observation" AS "o" ON "o"."id" = "i"."id"
    WHERE "i"."endpoint" = "endpoint"."id" AND NOT "i"."deleting")
  WHERE "id" = (SELECT "endpoint" FROM "interface" WHERE "id" = OLD."id");
END;

-- Which groups an endpoint or an instance carries: the rows of its list.
CREATE TABLE "member" (
  "group" TEXT NOT NULL,
  "of" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  PRIMARY KEY ("of", "group", "id")
) STRICT;
CREATE INDEX "member_id" ON "member" ("of", "id");

INSERT INTO "member" SELECT DISTINCT "l"."value", 'endpoint', "endpoint"."id" FROM "endpoint", json_each("endpoint"."groups") AS "l" WHERE "l"."type" = 'text';
CREATE TRIGGER "endpoint_grouped" AFTER INSERT ON "endpoint" BEGIN
  INSERT INTO "member" SELECT DISTINCT "value", 'endpoint', NEW."id" FROM json_each(NEW."groups") WHERE "type" = 'text';
END;
CREATE TRIGGER "endpoint_regrouped" AFTER UPDATE ON "endpoint" WHEN OLD."groups" <> NEW."groups" BEGIN
  DELETE FROM "member" WHERE "of" = 'endpoint' AND "id" = OLD."id";
  INSERT INTO "member" SELECT DISTINCT "value", 'endpoint', NEW."id" FROM json_each(NEW."groups") WHERE "type" = 'text';
END;
CREATE TRIGGER "endpoint_ungrouped" AFTER DELETE ON "endpoint" BEGIN
  DELETE FROM "member" WHERE "of" = 'endpoint' AND "id" = OLD."id";
END;

INSERT INTO "member" SELECT DISTINCT "l"."value", 'instance', "instance"."id" FROM "instance", json_each("instance"."groups") AS "l" WHERE "l"."type" = 'text';
CREATE TRIGGER "instance_grouped" AFTER INSERT ON "instance" BEGIN
  INSERT INTO "member" SELECT DISTINCT "value", 'instance', NEW."id" FROM json_each(NEW."groups") WHERE "type" = 'text';
END;
CREATE TRIGGER "instance_regrouped" AFTER UPDATE ON "instance" WHEN OLD."groups" <> NEW."groups" BEGIN
  DELETE FROM "member" WHERE "of" = 'instance' AND "id" = OLD."id";
  INSERT INTO "member" SELECT DISTINCT "value", 'instance', NEW."id" FROM json_each(NEW."groups") WHERE "type" = 'text';
END;
CREATE TRIGGER "instance_ungrouped" AFTER DELETE ON "instance" BEGIN
  DELETE FROM "member" WHERE "of" = 'instance' AND "id" = OLD."id";
END;
