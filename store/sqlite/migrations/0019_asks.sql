-- One more fact of an endpoint: some interface waits for the provider to give it
-- a resource. What waits is counted for each page, so without reading endpoints.
ALTER TABLE "endpoint" ADD COLUMN "asks" INTEGER NOT NULL DEFAULT 0;
UPDATE "endpoint" SET "asks" = EXISTS (SELECT 1 FROM "interface" AS "i"
  WHERE "i"."endpoint" = "endpoint"."id" AND "i"."resource" IS NULL AND NOT "i"."refused" AND NOT "i"."deleting");

DROP INDEX "endpoint_state";
CREATE INDEX "endpoint_state" ON "endpoint" ("account", "region", "deleting", "served", "decision", "passes", "open", "bound", "asks");
DROP INDEX "endpoint_asked";
CREATE INDEX "endpoint_asked" ON "endpoint" ("provider", "region", "served", "deleting", "decision", "asks");

CREATE TRIGGER "interface_asks" AFTER INSERT ON "interface"
WHEN NEW."resource" IS NULL AND NOT NEW."refused" AND NOT NEW."deleting" BEGIN
  UPDATE "endpoint" SET "asks" = 1 WHERE "id" = NEW."endpoint";
END;
CREATE TRIGGER "interface_answered" AFTER UPDATE ON "interface"
WHEN OLD."endpoint" <> NEW."endpoint" OR OLD."resource" IS NOT NEW."resource" OR OLD."refused" <> NEW."refused" OR OLD."deleting" <> NEW."deleting" BEGIN
  UPDATE "endpoint" SET "asks" = EXISTS (SELECT 1 FROM "interface" AS "i"
    WHERE "i"."endpoint" = "endpoint"."id" AND "i"."resource" IS NULL AND NOT "i"."refused" AND NOT "i"."deleting")
  WHERE "id" IN (OLD."endpoint", NEW."endpoint");
END;
CREATE TRIGGER "interface_asks_no_more" AFTER DELETE ON "interface" BEGIN
  UPDATE "endpoint" SET "asks" = EXISTS (SELECT 1 FROM "interface" AS "i"
    WHERE "i"."endpoint" = "endpoint"."id" AND "i"."resource" IS NULL AND NOT "i"."refused" AND NOT "i"."deleting")
  WHERE "id" = OLD."endpoint";
END;
