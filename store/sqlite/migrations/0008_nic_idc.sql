-- Secondary NICs of instances, and networks on premises that reach a VPC
-- through a VPN or a direct connection.
CREATE TABLE "nic" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "instance" TEXT NOT NULL REFERENCES "instance",
  "vpc" TEXT NOT NULL REFERENCES "vpc",
  "vswitch" TEXT NOT NULL REFERENCES "vswitch",
  "ip" TEXT NOT NULL,
  "groups" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "nic_account" ON "nic" ("account", "region");
CREATE INDEX "nic_instance" ON "nic" ("instance");
CREATE INDEX "nic_vpc" ON "nic" ("vpc");
CREATE UNIQUE INDEX "nic_ip" ON "nic" ("vswitch", "ip");

CREATE TRIGGER "nic_grouped" AFTER INSERT ON "nic" BEGIN
  INSERT INTO "member" SELECT DISTINCT "value", 'nic', NEW."id" FROM json_each(NEW."groups") WHERE "type" = 'text';
END;
CREATE TRIGGER "nic_regrouped" AFTER UPDATE ON "nic" WHEN OLD."groups" <> NEW."groups" BEGIN
  DELETE FROM "member" WHERE "of" = 'nic' AND "id" = OLD."id";
  INSERT INTO "member" SELECT DISTINCT "value", 'nic', NEW."id" FROM json_each(NEW."groups") WHERE "type" = 'text';
END;
CREATE TRIGGER "nic_ungrouped" AFTER DELETE ON "nic" BEGIN
  DELETE FROM "member" WHERE "of" = 'nic' AND "id" = OLD."id";
END;

CREATE TABLE "idc" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "link" TEXT NOT NULL,
  "cidr" TEXT NOT NULL,
  "gateway" TEXT NOT NULL,
  "vpc" TEXT REFERENCES "vpc",
  "twin" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "idc_account" ON "idc" ("account", "region");
CREATE INDEX "idc_vpc" ON "idc" ("vpc");
CREATE UNIQUE INDEX "idc_twin" ON "idc" ("twin") WHERE "twin" <> '';
