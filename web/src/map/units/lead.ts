// The line ahead of a moving unit: how far it may have come since its fix. The marker stays where somebody was seen; the line grows
// out of it with the age of the fix, broken and fading as what is not known, and is gone when the fix is no longer fresh.
import { LEAD_MAX_M } from "../../units/motion";
import { SPEED_STEPS } from "./instances";
import { PLACE } from "./shader";

/** Where the line begins, glyph units from the marker's middle: outside of the silhouette. */
const FROM_UNITS = 12.5;
const WIDTH_PX = 2.2;
/** Shorter than this beyond the marker it says nothing that the heading does not. */
const LEAST_PX = 5;
const DASH_PX = 7;
/** Half of the open head across, CSS pixels. */
const HEAD_PX = 5;

export const LEAD_VERTEX = `#version 300 es
precision highp float;
${PLACE}
layout(location=5) in float a_fix;    // when the newest fix was true
uniform float u_fresh[8];             // how long a fix is, by kind, ms
uniform float u_step;                 // in steps of so many ms the line grows; 0: evenly
uniform float u_metre;                // device pixels in a metre
uniform float u_lead;                 // opacity
flat out int v_colour;
flat out float v_length;              // CSS pixels from the marker's edge
flat out float v_opacity;
out vec2 v_p;                         // along and across, CSS pixels

void main() {
  int kind = int(a_look.x), cls = int(a_look.z);
  float age = u_now - a_fix, speed = float(a_colour.y) / ${SPEED_STEPS.toFixed(1)};
  bool fresh = age >= 0.0 && age <= u_fresh[kind];
  if (u_step > 0.0) age = floor(age / u_step) * u_step;
  float ahead = min(${LEAD_MAX_M.toFixed(1)}, speed * age / 1000.0) * u_metre / u_ratio;
  float size = u_size[cls];
  if (u_focus > 0.5 && cls < 4) size = min(size, 16.0);
  float from = ${FROM_UNITS.toFixed(1)} * size / 24.0;
  v_length = ahead - from;
  v_colour = int(a_colour.x);
  v_opacity = u_lead * u_alpha[cls] * (u_focus > 0.5 && cls < 4 ? 0.62 : 1.0);
  if (!fresh || v_length < ${LEAST_PX.toFixed(1)}) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  float h = radians(float(a_heading) / 100.0);
  vec2 along = vec2(sin(h), -cos(h)), across = vec2(-along.y, along.x);
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1) * 2.0 - 1.0);
  v_p = vec2(corner.x * (v_length + 2.0), corner.y * ${(HEAD_PX + 2).toFixed(1)});
  vec2 pixel = place() + (along * (from + v_p.x) + across * v_p.y) * u_ratio;
  gl_Position = vec4(pixel.x / u_half.x, -pixel.y / u_half.y, 0.0, 1.0);
}`;

export const LEAD_FRAGMENT = `#version 300 es
precision highp float;
flat in int v_colour;
flat in float v_length;
flat in float v_opacity;
in vec2 v_p;
uniform vec3 u_colours[9];
uniform vec3 u_ground;
uniform float u_ratio;
out vec4 o_colour;

float cover(float d) { return clamp(0.5 - d * u_ratio, 0.0, 1.0); }

void main() {
  // dashes stand still while the line grows
  float dash = abs(fract(v_p.x / ${DASH_PX.toFixed(1)}) - 0.5) * ${DASH_PX.toFixed(1)} - ${(DASH_PX * 0.28).toFixed(2)};
  float line = max(max(abs(v_p.y) - ${(WIDTH_PX / 2).toFixed(2)}, dash), max(-v_p.x, v_p.x - v_length));
  // an open head: two strokes, never a filled arrow, which says en route
  vec2 q = vec2(v_length - v_p.x, abs(v_p.y));
  float side = abs(q.x - q.y) * 0.7071 - ${(WIDTH_PX / 2).toFixed(2)};
  float head = max(max(side, q.y - ${HEAD_PX.toFixed(1)}), -q.x - 1.0);
  float d = min(line, head);
  float ink = cover(d), halo = cover(d - 1.0) * 0.7;
  o_colour = (vec4(u_ground, 1.0) * halo * (1.0 - ink) + vec4(u_colours[v_colour], 1.0) * ink) * v_opacity;
}`;
