-- What endpoints, endpoint services and CLBs did, in moments of two lengths
-- (step, in nanoseconds). Bounded: rows leave by age, and with their resource.
CREATE TABLE "sample" (
  "id" TEXT NOT NULL,
  "step" INTEGER NOT NULL,
  "time" INTEGER NOT NULL,
  "open" INTEGER NOT NULL,
  "peak" INTEGER NOT NULL,
  "new" INTEGER NOT NULL,
  "refused" INTEGER NOT NULL,
  "in" INTEGER NOT NULL,
  "out" INTEGER NOT NULL,
  PRIMARY KEY ("id", "step", "time")
) WITHOUT ROWID, STRICT;
CREATE INDEX "sample_age" ON "sample" ("step", "time");

-- How much of a moment the sampler ran, in nanoseconds: a moment without a row
-- here was not seen by anybody.
CREATE TABLE "watch" (
  "step" INTEGER NOT NULL,
  "time" INTEGER NOT NULL,
  "watched" INTEGER NOT NULL,
  PRIMARY KEY ("step", "time")
) WITHOUT ROWID, STRICT;

CREATE TRIGGER "endpoint_samples" AFTER DELETE ON "endpoint"
BEGIN DELETE FROM "sample" WHERE "id" = old."id"; END;
CREATE TRIGGER "service_samples" AFTER DELETE ON "service"
BEGIN DELETE FROM "sample" WHERE "id" = old."id"; END;
CREATE TRIGGER "balancer_samples" AFTER DELETE ON "balancer"
BEGIN DELETE FROM "sample" WHERE "id" = old."id"; END;
