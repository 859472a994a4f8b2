-- What ctyun calls an account's ID.
ALTER TABLE "account" ADD COLUMN "domain_id" TEXT NOT NULL DEFAULT '';
UPDATE "account" SET "domain_id" = lower(hex(randomblob(16)));
CREATE INDEX "account_domain" ON "account" ("domain_id");
