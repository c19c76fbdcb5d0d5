// The few symbols of things that stand still, drawn on a canvas for MapLibre's sprite.
import type { Map as MapLibre } from "maplibre-gl";
import type { Palette } from "./palette";

const RATIO = 3;

type Draw = (ctx: CanvasRenderingContext2D, palette: Palette) => void;

/** A filled bar with round corners. */
export function bar(ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number): void {
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, r);
  ctx.fill();
}

function disc(ctx: CanvasRenderingContext2D, colour: string, radius: number): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(0, 0, radius, 0, 7);
  ctx.fill();
}

function arrow(ctx: CanvasRenderingContext2D, colour: string, casing: string): void {
  ctx.beginPath();
  ctx.moveTo(0, -7);
  ctx.lineTo(6.5, 5.5);
  ctx.lineTo(0, 2.4);
  ctx.lineTo(-6.5, 5.5);
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.strokeStyle = casing;
  ctx.lineWidth = 2.4;
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.fill();
}

function closedSign(ctx: CanvasRenderingContext2D, { css }: Palette): void {
  disc(ctx, css["map-land"], 11.5);
  disc(ctx, css["text-1"], 9.5);
  ctx.fillStyle = css["map-land"];
  bar(ctx, -5.5, -1.8, 11, 3.6, 0.8);
}

function slowSign(ctx: CanvasRenderingContext2D, { css }: Palette): void {
  disc(ctx, css["map-land"], 11.5);
  ctx.strokeStyle = css["text-1"];
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  ctx.arc(0, 0, 9.5, 0, 7);
  ctx.stroke();
  ctx.lineWidth = 2.2;
  ctx.beginPath();
  for (const y of [-3.6, 1.4]) {
    ctx.moveTo(-4.4, y - 1.2);
    ctx.lineTo(0, y + 2.4);
    ctx.lineTo(4.4, y - 1.2);
  }
  ctx.stroke();
}

function pointed(ctx: CanvasRenderingContext2D, palette: Palette, sign: Draw): void {
  ctx.save();
  ctx.translate(0, -13);
  arrow(ctx, palette.css["text-1"], palette.css["map-land"]);
  ctx.restore();
  sign(ctx, palette);
}

// MapLibre repeats it: each stripe leaves one edge where the next tile takes it up.
const GAP_PX = 8;

interface Icon { width: number; height: number; draw: Draw }

const ICONS: Record<string, Icon> = {
  // Two posts across the road, seen along it; MapLibre turns them to the road's bearing.
  gate: {
    width: 28, height: 20,
    draw(ctx, { css }) {
      ctx.fillStyle = css["map-city"];
      bar(ctx, -12.5, -8.5, 25, 17, 4);
      ctx.fillStyle = css["text-2"];
      bar(ctx, -10.5, -6.5, 5, 13, 1.4);
      bar(ctx, 5.5, -6.5, 5, 13, 1.4);
    },
  },
  // Road that nobody reaches in time: hatched, so that it is told apart without its colour.
  gap: {
    width: GAP_PX, height: GAP_PX,
    draw(ctx, { css }) {
      const half = GAP_PX / 2;
      ctx.fillStyle = css["cov-gap"];
      ctx.fillRect(-half, -half, GAP_PX, GAP_PX);
      ctx.strokeStyle = css["warn"];
      ctx.lineWidth = 1.4;
      ctx.beginPath();
      for (const shift of [-GAP_PX, 0, GAP_PX]) {
        ctx.moveTo(-half + shift, half);
        ctx.lineTo(half + shift, -half);
      }
      ctx.stroke();
    },
  },
  // No way through, or a slow one; where only one way is meant an arrowhead beyond the disc leads there.
  closed: { width: 24, height: 24, draw: closedSign },
  slow: { width: 24, height: 24, draw: slowSign },
  closed_way: { width: 40, height: 40, draw: (ctx, palette) => pointed(ctx, palette, closedSign) },
  slow_way: { width: 40, height: 40, draw: (ctx, palette) => pointed(ctx, palette, slowSign) },
  // Along a road that is closed one way, and at the end of a way that a unit goes: both point up.
  arrow_closed: {
    width: 18, height: 18,
    draw: (ctx, { css }) => arrow(ctx, css["text-1"], css["map-land"]),
  },
  arrow_escape: { width: 26, height: 26, draw: (ctx, { css }) => { ctx.scale(1.5, 1.5); arrow(ctx, css["alarm"], css["map-land"]); } },
  arrow: {
    width: 18, height: 18,
    draw: (ctx, { css }) => arrow(ctx, css["route"], css["road-case"]),
  },
  station: {
    width: 18, height: 18,
    draw(ctx, { css }) {
      ctx.fillStyle = css["map-city"];
      ctx.strokeStyle = css["text-3"];
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(-6, 6);
      ctx.lineTo(-6, -1.5);
      ctx.lineTo(0, -6.5);
      ctx.lineTo(6, -1.5);
      ctx.lineTo(6, 6);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo(0, 6);
      ctx.lineTo(0, 1.5);
      ctx.stroke();
    },
  },
  service_station: {
    width: 16, height: 16,
    draw(ctx, { css }) {
      ctx.fillStyle = css["map-city"];
      ctx.strokeStyle = css["text-3"];
      ctx.lineWidth = 1.4;
      ctx.beginPath();
      ctx.moveTo(-6, -3);
      ctx.lineTo(6, -3);
      ctx.moveTo(-4.5, -3);
      ctx.lineTo(-4.5, 5);
      ctx.moveTo(4.5, -3);
      ctx.lineTo(4.5, 5);
      ctx.moveTo(-6, -3);
      ctx.lineTo(-4, -6);
      ctx.lineTo(4, -6);
      ctx.lineTo(6, -3);
      ctx.stroke();
    },
  },
  camera: {
    width: 14, height: 14,
    draw(ctx, { css }) {
      ctx.fillStyle = css["text-3"];
      ctx.beginPath();
      ctx.moveTo(0, -5);
      ctx.lineTo(4.6, 4);
      ctx.lineTo(-4.6, 4);
      ctx.closePath();
      ctx.fill();
    },
  },
};

/** Icons of counts are named so, with what they say behind it. */
const COUNT = "count_";

/** What a count is drawn as: glyphs of figures would have to come from a server. */
const countIcon = (label: string): Icon => ({
  width: 40, height: 20,
  draw(ctx, { css }) {
    ctx.font = "600 14px Inter, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineWidth = 3;
    ctx.lineJoin = "round";
    ctx.strokeStyle = css["map-halo"];
    ctx.strokeText(label, 0, 1);
    ctx.fillStyle = css["text-1"];
    ctx.fillText(label, 0, 1);
  },
});

function put(map: MapLibre, name: string, icon: Icon, palette: Palette): void {
  const canvas = document.createElement("canvas");
  canvas.width = icon.width * RATIO;
  canvas.height = icon.height * RATIO;
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  ctx.setTransform(RATIO, 0, 0, RATIO, canvas.width / 2, canvas.height / 2);
  icon.draw(ctx, palette);
  const image = ctx.getImageData(0, 0, canvas.width, canvas.height);
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image, { pixelRatio: RATIO });
}

/** Draws the icon of a count that the map asks for. */
export function putMissing(map: MapLibre, name: string, palette: Palette): void {
  if (name.startsWith(COUNT)) put(map, name, countIcon(name.slice(COUNT.length)), palette);
}

/** Adds the icons, or redraws them in another palette. */
export function putIcons(map: MapLibre, palette: Palette): void {
  for (const [name, icon] of Object.entries(ICONS)) put(map, name, icon, palette);
  for (const name of map.listImages()) putMissing(map, name, palette);
}
