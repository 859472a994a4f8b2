-- Accounts can be disabled; "epoch" ends the sessions that carry an older one.
-- An endpoint keeps the root of its domain name, which can be changed for
-- endpoints made later.
ALTER TABLE "account" ADD COLUMN "disabled" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "account" ADD COLUMN "epoch" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "account" ADD COLUMN "password_set" INTEGER;
ALTER TABLE "account" ADD COLUMN "seen" INTEGER;
ALTER TABLE "endpoint" ADD COLUMN "domain" TEXT NOT NULL DEFAULT '';
UPDATE "endpoint" SET "domain" = 'privatelink.aliyuncs.com';
