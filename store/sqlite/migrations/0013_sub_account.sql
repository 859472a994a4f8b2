-- The main account that a sub-account works for; '' is a main account.
ALTER TABLE "account" ADD COLUMN "main" TEXT NOT NULL DEFAULT '';
CREATE INDEX "account_main" ON "account" ("main") WHERE "main" <> '';
