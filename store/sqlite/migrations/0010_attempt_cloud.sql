-- The cloud that an attempt was made in. So far only ctyun's IDs are UUIDs.
ALTER TABLE "attempt" ADD COLUMN "cloud" TEXT NOT NULL DEFAULT '';
UPDATE "attempt" SET "cloud" = iif(length("vpc") = 36, 'ctyun', 'aliyun');

-- A console counts those of its cloud without reading them.
DROP INDEX "attempt_consumer";
DROP INDEX "attempt_provider";
CREATE INDEX "attempt_consumer" ON "attempt" ("consumer", "cloud", "allowed", "time");
CREATE INDEX "attempt_provider" ON "attempt" ("provider", "cloud", "consumer", "allowed", "time");
