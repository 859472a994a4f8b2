-- How many attempts alike have no row of their own.
ALTER TABLE "attempt" ADD COLUMN "more" INTEGER NOT NULL DEFAULT 0;

-- Nobody asks for those of a CLB without asking for an account too.
DROP INDEX "attempt_balancer";

-- They are counted without reading them.
DROP INDEX "attempt_consumer";
DROP INDEX "attempt_provider";
CREATE INDEX "attempt_consumer" ON "attempt" ("consumer", "cloud", "allowed", "time", "more");
CREATE INDEX "attempt_provider" ON "attempt" ("provider", "cloud", "consumer", "allowed", "time", "more");
