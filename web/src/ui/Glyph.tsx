// A unit's glyph as SVG, for lists, chips and the legend: the same paths and treatments as on the map.
import { GLYPHS } from "../map/units/glyphs";
import { ARROW, BAR, colour, DOT, GREY, HALF, HELD, LOST_DOT, OUTLINE, RED, SLASH, SOLID, STALE_DASH, treatment } from "../map/units/look";
import { KINDS, LIVE, STATUSES } from "../words";

const COLOURS = ["off", "available", "assigned", "enroute", "onscene", "busy", "oos"];

const css = (index: number): string =>
  index === RED ? "var(--alarm)" : index === GREY ? "var(--st-off)" : `var(--st-${COLOURS[index]})`;

interface Props {
  kind?: number;
  status?: number;
  contact?: number;
  held?: boolean;
  alarm?: boolean;
  size?: number;
}

export function Glyph({ kind = 0, status = 1, contact = LIVE, held = false, alarm = false, size = 24 }: Props) {
  const treat = treatment(status, contact, held);
  const ink = css(colour(status, treat, alarm));
  const { silhouette, fill, stroke, width } = GLYPHS[kind] ?? GLYPHS[0];
  const filled = treat === SOLID || treat === ARROW || treat === BAR;
  const ground = "var(--glyph-ground, var(--bg-1))";
  const line = treat === DOT ? 2.25 : treat === OUTLINE ? 1.62 : 1.8;
  const dash = treat === STALE_DASH ? "4 2.6" : treat === LOST_DOT ? "2 3" : undefined;
  // The bar and the arrowhead reach out of the box of 24; the box moves so that all of it shows.
  const view = treat === BAR ? "-14 -12 28 28" : treat === ARROW ? "-14 -18 28 28" : "-12 -12 24 24";
  return (
    <svg class="glyph" width={size} height={size} viewBox={view} aria-hidden="true" style={{ color: ink }}>
      {treat === ARROW && <path d="M-4.6-10.6 0-17.4 4.6-10.6Z" fill="currentColor" />}
      {filled ? (
        <>
          <path d={silhouette} fill="currentColor" />
          {size >= 24 && fill && <path d={fill} fill={ground} />}
          {size >= 24 && stroke && <path d={stroke} fill="none" stroke={ground} stroke-width={width} />}
        </>
      ) : (
        <path d={silhouette} fill={treat === OUTLINE ? "none" : ground} stroke="currentColor" stroke-width={line}
          stroke-dasharray={dash} opacity={treat === STALE_DASH || treat === HELD ? 0.85 : 1} />
      )}
      {treat === BAR && <path d="M-10 13.6H10" stroke="currentColor" stroke-width="3" />}
      {treat === DOT && <circle r="3.2" fill="currentColor" />}
      {treat === HALF && <path d={silhouette} fill="currentColor" style={{ clipPath: "inset(50% 0 0 0)" }} />}
      {treat === SLASH && <path d="M-11 11 11-11" stroke="currentColor" stroke-width="2.2" />}
      {treat === LOST_DOT && <path d="M-3.6-3.6 3.6 3.6M3.6-3.6-3.6 3.6" stroke="currentColor" stroke-width="2" />}
    </svg>
  );
}

/** For words that come from the API. */
export const kindIndex = (word: string): number => Math.max(0, KINDS.indexOf(word as never));
export const statusIndex = (word: string): number => Math.max(0, STATUSES.indexOf(word as never));
