// The stream's text messages.
import type { Contact, Kind, Status } from "../words";
import type { Room } from "../api/rooms";
import type { Order, Problem } from "../api/types";

export interface RosterEntry {
  no: number;
  id: string;
  callsign: string;
  kind: Kind;
  org: string;
  crew: number;
  capabilities: string[];
}

export type StreamEvent =
  | { type: "zone"; action: "enter" | "exit" | "cross"; unit: string; zone: string; layer: string; at: string }
  | { type: "contact"; unit: string; contact: Contact; at: string }
  | { type: "status"; unit: string; status: Status; alarm: boolean; at: string }
  | { type: "order"; order: Order; at: string }
  | { type: "cordon"; id: string; at: string }
  | { type: "room"; room: Room; at: string };

export type TextMessage =
  | { type: "hello"; version: number; run: number; window_ms: number; tick_ms: number; server_time: string }
  | { type: "roster"; units: RosterEntry[] }
  | { type: "events"; seq: number; events: StreamEvent[] }
  | { type: "zones"; layer: string }
  | { type: "closures"; at: string }
  | { type: "error"; problem: Problem };
