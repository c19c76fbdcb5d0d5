// Gates in the order that matters, with their names and how they stand. Pure.
import type { Cordon, Escape, Gate, Guard, GuardAsk, Leak, Plan } from "../../api/cordons";

/** How a gate stands; `planned` while nobody was sent. */
export type Stand = Gate["state"] | "planned";
export type Tone = "" | "warn" | "alarm";

/** A gate as the map, the table and the list show it. */
export interface GateRow {
  guard: Guard | Gate;
  label: string;
  stand: Stand;
  tone: Tone;
}

export const MARGIN_S = 30;

export const standOf = (guard: Guard | Gate): Stand => ("state" in guard ? guard.state : "planned");

/** Red under the margin, amber under twice the margin, as it is where the unit is not yet. */
export function toneOf(guard: Guard | Gate, margin_s: number): Tone {
  const stand = standOf(guard);
  if (stand === "held") return "";
  if (stand === "late" || stand === "lost") return "alarm";
  if (guard.slack_s === null || guard.slack_s >= 2 * margin_s) return "";
  return guard.slack_s < margin_s ? "alarm" : "warn";
}

/** What each gate is called: the city's name for it, or its number clockwise from north round the middle of all. */
export function labels(guards: readonly Guard[]): Map<Guard, string> {
  const mean = (of: (guard: Guard) => number): number => guards.reduce((sum, guard) => sum + of(guard), 0) / guards.length;
  const lat = mean(({ at }) => at.lat), lon = mean(({ at }) => at.lon), shrink = Math.cos((lat * Math.PI) / 180);
  const turn = ({ at }: Guard): number => (Math.atan2((at.lon - lon) * shrink, at.lat - lat) + 2 * Math.PI) % (2 * Math.PI);
  const round = [...guards].sort((a, b) => turn(a) - turn(b) || a.junction - b.junction);
  // Two units of one gate have one number.
  const numbers = new Map([...new Set(round.map(({ junction }) => junction))].map((junction, n) => [junction, n + 1]));
  return new Map(round.map((guard) => [guard, guard.gate ?? `G${String(numbers.get(guard.junction)).padStart(2, "0")}`]));
}

/** What needs a commander first, comes first: lost, then by slack; those that are held, last. */
export function rows(guards: readonly (Guard | Gate)[], margin_s: number): GateRow[] {
  const names = labels(guards);
  const rank = (guard: Guard | Gate): number => {
    const stand = standOf(guard);
    return stand === "lost" ? -1e12 : stand === "held" ? 1e12 + (guard.suspect_s ?? 1e9) : (guard.slack_s ?? 1e9);
  };
  return [...guards].sort((a, b) => rank(a) - rank(b) || a.junction - b.junction).map((guard) => ({
    guard, label: names.get(guard) ?? "", stand: standOf(guard), tone: toneOf(guard, margin_s),
  }));
}

/** All guards with another unit at one of them. A unit that held another gate changes places with the one it relieves. */
export function withUnit(gates: readonly (Guard | Gate)[], at: Guard | Gate, unit: string): GuardAsk[] | null {
  return guardsOf(gates.map((gate) => {
    const next = gate.junction === at.junction && gate.unit === at.unit ? unit : gate.unit === unit ? at.unit : gate.unit;
    return { ...gate, unit: next };
  }));
}

/** Who is to hold what; null where one of them is another organisation's: nobody else can say where it goes. */
export function guardsOf(guards: readonly Guard[]): GuardAsk[] | null {
  const known = guards.flatMap(({ junction, unit, ring }) => (unit === null ? [] : [{ junction, unit, ring }]));
  return known.length === guards.length ? known : null;
}

/** How many units a plan sends to where they are not sent yet. */
export const news = (plan: Plan, gates: readonly Gate[]): number =>
  plan.guards.filter(({ junction, unit }) => !gates.some((gate) => gate.junction === junction && gate.unit === unit)).length;

/** A plan, and all that it is best at. */
export interface Choice { plan: Plan; objectives: Plan["objective"][] }

/** Plans that send the same units to the same gates are one. */
export function choices(plans: readonly Plan[]): Choice[] {
  const found = new Map<string, Choice>();
  for (const plan of plans) {
    const key = plan.guards.map(({ junction, unit }) => `${junction} ${unit}`).sort().join();
    const known = found.get(key);
    if (known) known.objectives.push(plan.objective);
    else found.set(key, { plan, objectives: [plan.objective] });
  }
  return [...found.values()];
}

/** `3:05` of seconds, whole ones. */
export function minutes(s: number): string {
  const whole = Math.max(0, Math.round(s));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** `+1:18`, `−0:35`: slack is never said longer than it is. */
export function signed(s: number): string {
  const whole = Math.floor(s);
  return `${whole < 0 ? "−" : "+"}${minutes(Math.abs(whole))}`;
}

/** Seconds out of `3:05`, or out of minutes alone; null when it is neither. */
export function readMinutes(text: string): number | null {
  const found = /^\s*(\d{1,3})(?:[:：.](\d{1,2}))?\s*$/.exec(text);
  if (!found || Number(found[2] ?? 0) > 59) return null;
  return Number(found[1]) * 60 + Number(found[2] ?? 0);
}

/** Ticks of an axis from now until `most_s`: whole minutes, few enough to be read. */
export function ticks(most_s: number): number[] {
  const most = Math.max(1, Math.ceil(most_s / 60));
  const step = [1, 2, 5, 10, 20, 30, 60].find((step) => most / step <= 6) ?? Math.ceil(most / 6);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) => n * step);
}

/** The step that surely holds him so many seconds after the answer: the first that is not yet over, or the last. */
export function stepAt<T extends { s: number }>(steps: readonly T[], s: number): T | null {
  return steps.find((step) => step.s >= s) ?? steps[steps.length - 1] ?? null;
}

/** When and where he was seen last. */
export const lastSeen = ({ starts }: Cordon): Cordon["starts"][number] | null =>
  starts.reduce<Cordon["starts"][number] | null>((last, each) => (last && last.seen_at > each.seen_at ? last : each), null);

/** Whether he can get out of a cordon that should hold him. */
export const leaks = ({ holds, state, suspect }: Cordon): boolean => suspect !== null && !holds && state !== "ended" && state !== "opening";

/** Some of the junctions that a way out passes, in its order: the first, the last, and as many between as are wanted. */
export function passed({ escape }: Leak, most: number): Escape[] {
  if (escape.length <= most) return escape;
  return Array.from({ length: most }, (_, n) => escape[Math.round((n * (escape.length - 1)) / (most - 1))]);
}

/** One after the other, the same ones only once. */
export const once = (words: readonly string[]): string[] => words.filter((word, n) => word !== words[n - 1]);
