-- UDP packets that were dropped, and those of them for too many flows.
ALTER TABLE "counter" ADD COLUMN "dropped" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "counter" ADD COLUMN "crowded" INTEGER NOT NULL DEFAULT 0;
