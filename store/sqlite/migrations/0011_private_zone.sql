-- Private zones, their VPCs and their records (PVZ-01 to PVZ-10).
CREATE TABLE "private_zone" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "name" TEXT NOT NULL,
  "shown" TEXT NOT NULL,
  "proxy" INTEGER NOT NULL,
  "remark" TEXT NOT NULL,
  "vpcs" TEXT NOT NULL,
  "created" INTEGER,
  "bound" INTEGER NOT NULL GENERATED ALWAYS AS ("vpcs" NOT IN ('null', '[]')) VIRTUAL
) STRICT;
CREATE INDEX "private_zone_account" ON "private_zone" ("account");

CREATE TRIGGER "private_zone_bound" AFTER INSERT ON "private_zone" BEGIN
  INSERT INTO "member" SELECT DISTINCT "value", 'private_zone', NEW."id" FROM json_each(NEW."vpcs") WHERE "type" = 'text';
END;
CREATE TRIGGER "private_zone_rebound" AFTER UPDATE ON "private_zone" WHEN OLD."vpcs" <> NEW."vpcs" BEGIN
  DELETE FROM "member" WHERE "of" = 'private_zone' AND "id" = OLD."id";
  INSERT INTO "member" SELECT DISTINCT "value", 'private_zone', NEW."id" FROM json_each(NEW."vpcs") WHERE "type" = 'text';
END;
CREATE TRIGGER "private_zone_unbound" AFTER DELETE ON "private_zone" BEGIN
  DELETE FROM "member" WHERE "of" = 'private_zone' AND "id" = OLD."id";
END;

CREATE TABLE "record" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "zone" TEXT NOT NULL REFERENCES "private_zone",
  "host" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  "priority" INTEGER NOT NULL,
  "ttl" INTEGER NOT NULL,
  "weight" INTEGER NOT NULL,
  "remark" TEXT NOT NULL,
  "paused" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "record_account" ON "record" ("account");
CREATE INDEX "record_zone" ON "record" ("zone", "host");
