// The API of rooms, in which walls show the same.
import { ask, sent } from "./client";

/** What is shown in a room: `wall` directs it, null where nobody does; `by` is null for who did not sign in. */
export interface Room {
  room: string;
  wall: string | null;
  by: string | null;
  /** the part of a link after `#` */
  view: string | null;
  at: string | null;
}

const path = (room: string): string => `/v1/rooms/${encodeURIComponent(room)}`;

export const getRoom = (room: string) => ask<Room>(path(room));

export const putRoom = (room: string, view: { wall: string; view: string; take: boolean }) => ask<void>(path(room), sent("PUT", view));

/** Also as the page goes. */
export const leaveRoom = (room: string, wall: string) => ask<void>(`${path(room)}?wall=${wall}`, { method: "DELETE", keepalive: true });
