-- The connections of a service are counted by state on every page that shows it:
-- from the index alone, because a service may have thousands.
DROP INDEX "endpoint_service";
CREATE INDEX "endpoint_service" ON "endpoint" ("service", "deleting", "served", "decision", "passes", "open");
