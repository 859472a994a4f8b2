-- The nouns of the engine and its two logs. Times are microseconds since 1970
-- (UTC), addresses and blocks are text, lists and small records are JSON.
-- Rows are numbered (rowid) in the order in which they are first put.

CREATE TABLE "setting" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "value" TEXT NOT NULL
) STRICT;

CREATE TABLE "account" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "login" TEXT NOT NULL UNIQUE,
  "name" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  "admin" INTEGER NOT NULL,
  "demo" INTEGER NOT NULL,
  "password" TEXT NOT NULL,
  "created" INTEGER
) STRICT;

CREATE TABLE "vpc" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "cidr" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "resolver" TEXT NOT NULL,
  "host" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "vpc_account" ON "vpc" ("account", "region");
CREATE UNIQUE INDEX "vpc_resolver" ON "vpc" ("resolver") WHERE "resolver" <> '';

CREATE TABLE "vswitch" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "vpc" TEXT NOT NULL REFERENCES "vpc",
  "zone" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "cidr" TEXT NOT NULL,
  "twin" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "vswitch_account" ON "vswitch" ("account", "region");
CREATE INDEX "vswitch_vpc" ON "vswitch" ("vpc");
CREATE UNIQUE INDEX "vswitch_twin" ON "vswitch" ("twin") WHERE "twin" <> '';

CREATE TABLE "security_group" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "vpc" TEXT NOT NULL REFERENCES "vpc",
  "name" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "default" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "security_group_account" ON "security_group" ("account", "region");
CREATE INDEX "security_group_vpc" ON "security_group" ("vpc");

CREATE TABLE "security_rule" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "group" TEXT NOT NULL REFERENCES "security_group",
  "direction" TEXT NOT NULL,
  "policy" TEXT NOT NULL,
  "priority" INTEGER NOT NULL,
  "protocol" TEXT NOT NULL,
  "port_from" INTEGER NOT NULL,
  "port_to" INTEGER NOT NULL,
  "peer" TEXT NOT NULL,
  "peer_group" TEXT REFERENCES "security_group",
  "description" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "security_rule_account" ON "security_rule" ("account");
CREATE INDEX "security_rule_group" ON "security_rule" ("group");
CREATE INDEX "security_rule_peer_group" ON "security_rule" ("peer_group");

CREATE TABLE "instance" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "zone" TEXT NOT NULL,
  "vpc" TEXT NOT NULL REFERENCES "vpc",
  "vswitch" TEXT NOT NULL REFERENCES "vswitch",
  "name" TEXT NOT NULL,
  "ip" TEXT NOT NULL,
  "groups" TEXT NOT NULL,
  "program" TEXT NOT NULL,
  "port" INTEGER NOT NULL,
  "text" TEXT NOT NULL,
  "running" INTEGER NOT NULL,
  "door" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "instance_account" ON "instance" ("account", "region");
CREATE INDEX "instance_vpc" ON "instance" ("vpc");
CREATE UNIQUE INDEX "instance_ip" ON "instance" ("vswitch", "ip");
CREATE UNIQUE INDEX "instance_door" ON "instance" ("door") WHERE "door" <> '';

CREATE TABLE "balancer" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "zone" TEXT NOT NULL,
  "backup_zone" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "billing" TEXT NOT NULL,
  "zone_type" TEXT NOT NULL,
  "spec" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "network" TEXT NOT NULL,
  "vpc" TEXT REFERENCES "vpc",
  "vswitch" TEXT REFERENCES "vswitch",
  "ip_version" TEXT NOT NULL,
  "feature" TEXT NOT NULL,
  "flow" TEXT NOT NULL,
  "resource_group" TEXT NOT NULL,
  "ip" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "balancer_account" ON "balancer" ("account", "region");
CREATE INDEX "balancer_vpc" ON "balancer" ("vpc");
CREATE INDEX "balancer_vswitch" ON "balancer" ("vswitch");
CREATE UNIQUE INDEX "balancer_ip" ON "balancer" ("vswitch", "ip") WHERE "ip" <> '';

CREATE TABLE "backend" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "balancer" TEXT NOT NULL REFERENCES "balancer",
  "instance" TEXT NOT NULL REFERENCES "instance",
  "weight" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "backend_account" ON "backend" ("account");
CREATE UNIQUE INDEX "backend_member" ON "backend" ("balancer", "instance");
CREATE INDEX "backend_instance" ON "backend" ("instance");

CREATE TABLE "listener" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "balancer" TEXT NOT NULL REFERENCES "balancer",
  "name" TEXT NOT NULL,
  "protocol" TEXT NOT NULL,
  "port" INTEGER NOT NULL,
  "backend_port" INTEGER NOT NULL,
  "scheduler" TEXT NOT NULL,
  "idle_seconds" INTEGER NOT NULL,
  "running" INTEGER NOT NULL,
  "health" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "listener_account" ON "listener" ("account");
CREATE UNIQUE INDEX "listener_port" ON "listener" ("balancer", "protocol", "port");

CREATE TABLE "service" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "name" TEXT NOT NULL UNIQUE,
  "auto_accept" INTEGER NOT NULL,
  "zone_affinity" INTEGER NOT NULL,
  "description" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "service_account" ON "service" ("account", "region");

CREATE TABLE "resource" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "service" TEXT NOT NULL REFERENCES "service",
  "zone" TEXT NOT NULL,
  "balancer" TEXT NOT NULL REFERENCES "balancer",
  "created" INTEGER
) STRICT;
CREATE INDEX "resource_account" ON "resource" ("account");
CREATE INDEX "resource_service" ON "resource" ("service");
CREATE INDEX "resource_balancer" ON "resource" ("balancer");

-- A grantee may be an account that is not of this installation, or "*".
CREATE TABLE "grant" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "service" TEXT NOT NULL REFERENCES "service",
  "grantee" TEXT NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "grant_account" ON "grant" ("account");
CREATE UNIQUE INDEX "grant_service" ON "grant" ("service", "grantee");
CREATE INDEX "grant_grantee" ON "grant" ("grantee");

-- A service may be deleted while endpoints that were denied still name it.
CREATE TABLE "endpoint" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "provider" TEXT NOT NULL REFERENCES "account",
  "region" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "service" TEXT NOT NULL,
  "vpc" TEXT NOT NULL REFERENCES "vpc",
  "groups" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "decision" TEXT NOT NULL,
  "decided_by" TEXT NOT NULL,
  "decided_at" INTEGER,
  "deleting" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "endpoint_account" ON "endpoint" ("account", "region", "decision");
CREATE INDEX "endpoint_provider" ON "endpoint" ("provider", "region", "decision");
CREATE INDEX "endpoint_service" ON "endpoint" ("service");
CREATE INDEX "endpoint_vpc" ON "endpoint" ("vpc");

CREATE TABLE "interface" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL REFERENCES "account",
  "provider" TEXT NOT NULL REFERENCES "account",
  "endpoint" TEXT NOT NULL REFERENCES "endpoint",
  "zone" TEXT NOT NULL,
  "vpc" TEXT NOT NULL REFERENCES "vpc",
  "vswitch" TEXT NOT NULL REFERENCES "vswitch",
  "ip" TEXT NOT NULL,
  "resource" TEXT REFERENCES "resource",
  "deleting" INTEGER NOT NULL,
  "created" INTEGER
) STRICT;
CREATE INDEX "interface_account" ON "interface" ("account");
CREATE INDEX "interface_provider" ON "interface" ("provider");
CREATE INDEX "interface_endpoint" ON "interface" ("endpoint");
CREATE INDEX "interface_vpc" ON "interface" ("vpc");
CREATE INDEX "interface_resource" ON "interface" ("resource");
CREATE UNIQUE INDEX "interface_ip" ON "interface" ("vswitch", "ip");

-- What was seen of an interface or a balancer, whichever has the ID.
CREATE TABLE "observation" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "account" TEXT NOT NULL,
  "peer" TEXT NOT NULL,
  "parent" TEXT NOT NULL,
  "bound" INTEGER NOT NULL,
  "open" INTEGER NOT NULL,
  "drained" INTEGER NOT NULL,
  "problem" TEXT NOT NULL,
  "detail" TEXT NOT NULL,
  "time" INTEGER
) STRICT;
CREATE INDEX "observation_parent" ON "observation" ("parent");

CREATE TABLE "move" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "vpc" TEXT REFERENCES "vpc" ON DELETE CASCADE,
  "network" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "host" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "reason" TEXT NOT NULL
) STRICT;
CREATE INDEX "move_vpc" ON "move" ("vpc");

CREATE TABLE "counter" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "accepted" INTEGER NOT NULL,
  "refused" INTEGER NOT NULL,
  "in" INTEGER NOT NULL,
  "out" INTEGER NOT NULL,
  "time" INTEGER
) STRICT;

-- Append-only: sequence numbers are never used again.
CREATE TABLE "event" (
  "seq" INTEGER PRIMARY KEY AUTOINCREMENT,
  "time" INTEGER,
  "actor" TEXT NOT NULL,
  "account" TEXT NOT NULL,
  "peer" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "resource" TEXT NOT NULL,
  "parent" TEXT NOT NULL,
  "operation" TEXT NOT NULL,
  "before" TEXT,
  "after" TEXT
) STRICT;
CREATE INDEX "event_account" ON "event" ("account");
CREATE INDEX "event_peer" ON "event" ("peer");
CREATE INDEX "event_actor" ON "event" ("actor");
CREATE INDEX "event_resource" ON "event" ("resource");

-- Bounded: rows leave at the old end.
CREATE TABLE "attempt" (
  "seq" INTEGER PRIMARY KEY AUTOINCREMENT,
  "time" INTEGER,
  "vpc" TEXT NOT NULL,
  "protocol" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "client" TEXT NOT NULL,
  "target" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "interface" TEXT NOT NULL,
  "endpoint" TEXT NOT NULL,
  "service" TEXT NOT NULL,
  "balancer" TEXT NOT NULL,
  "consumer" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "allowed" INTEGER NOT NULL,
  "gate" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "args" TEXT NOT NULL,
  "backend" TEXT NOT NULL,
  "took" INTEGER NOT NULL,
  "in" INTEGER NOT NULL,
  "out" INTEGER NOT NULL,
  "end" TEXT NOT NULL
) STRICT;
CREATE INDEX "attempt_endpoint" ON "attempt" ("endpoint");
CREATE INDEX "attempt_service" ON "attempt" ("service");
CREATE INDEX "attempt_balancer" ON "attempt" ("balancer");
