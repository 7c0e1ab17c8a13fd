-- The queue for seats is shown with the names of its machines.

ALTER TABLE license_waiter ADD COLUMN hostname TEXT NOT NULL DEFAULT '';
