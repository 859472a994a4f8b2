-- A store finds rows by a value it is handed, for which SQLite takes no index of
-- some rows only: CLBs by their backup zone, and interfaces by the resource that
-- they were moved from. When they were moved nobody asks.
DROP INDEX "balancer_backup";
CREATE INDEX "balancer_backup" ON "balancer" ("backup_zone");
CREATE INDEX "interface_moved_from" ON "interface" ("moved_from");
ALTER TABLE "interface" DROP COLUMN "moved";
