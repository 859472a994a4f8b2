-- PROXY protocol that a service's backends are spoken to with; '' is none.
ALTER TABLE "service" ADD COLUMN "proxy" TEXT NOT NULL DEFAULT '';
-- Mbit/s of an endpoint's connection; 0 is no limit.
ALTER TABLE "endpoint" ADD COLUMN "bandwidth" INTEGER NOT NULL DEFAULT 0;
-- UDP packets dropped beyond it.
ALTER TABLE "counter" ADD COLUMN "over_rate" INTEGER NOT NULL DEFAULT 0;
