// The closed lists that the API and the stream count by, in the wire's order.

export const KINDS = [
  "patrol_car", "armed_car", "motorcycle", "foot", "helicopter", "drone", "post", "volunteers",
] as const;
export type Kind = (typeof KINDS)[number];

export const STATUSES = [
  "off_duty", "available", "assigned", "en_route", "on_scene", "busy", "out_of_service",
] as const;
export type Status = (typeof STATUSES)[number];

export const CONTACTS = ["live", "stale", "lost", "never"] as const;
export type Contact = (typeof CONTACTS)[number];

export const OFF_DUTY = 0, AVAILABLE = 1, ASSIGNED = 2, EN_ROUTE = 3, ON_SCENE = 4, BUSY = 5, OUT_OF_SERVICE = 6;
export const LIVE = 0, STALE = 1, LOST = 2, NEVER = 3;
export const FOOT = 3, HELICOPTER = 4, DRONE = 5, POST = 6, VOLUNTEERS = 7;

export type DeviceKind = "vehicle_terminal" | "radio" | "mobile_terminal";

/** Which devices a unit of each kind reports with; decides the thresholds of its age on this side. */
export const DEVICES_OF_KIND: readonly (readonly DeviceKind[])[] = [
  ["vehicle_terminal"], ["vehicle_terminal", "radio"], ["vehicle_terminal"], ["mobile_terminal"],
  ["radio"], ["radio"], ["radio"], ["mobile_terminal"],
];

export const ORDER_STATES = ["issued", "accepted", "arrived", "ended"] as const;
export type OrderState = (typeof ORDER_STATES)[number];
export const ORDER_REASONS = ["done", "cancelled", "replaced"] as const;
export type OrderReason = (typeof ORDER_REASONS)[number];
export const ORDER_PURPOSES = ["move_up", "gate"] as const;
export type OrderPurpose = (typeof ORDER_PURPOSES)[number];

export const ZONE_LAYERS = ["districts", "rapid", "responsibility", "beats", "posts"] as const;
export type ZoneLayer = (typeof ZONE_LAYERS)[number];

/** Layers that somebody may show and hide. */
export const MAP_LAYERS = [
  "rapid", "responsibility", "beats", "gates", "posts", "stations", "service_stations", "cameras", "districts", "base",
] as const;
export type MapLayer = (typeof MAP_LAYERS)[number];
