// The unit shader. One quad an instance; the vertex half glides it between two fixes and sizes it,
// the fragment half draws silhouette, treatment, heading, selection and alarm from distances.
import { CELL_UNITS, RANGE_UNITS } from "./atlas";

/** What the vertex halves share: the instance, the view, and where the marker is now. */
export const PLACE = `
layout(location=0) in vec4 a_path;    // from.xy, to.xy: Mercator offsets from the city's origin
layout(location=1) in vec2 a_time;    // start and length of the glide, ms
layout(location=2) in uvec4 a_look;   // kind, treatment, class, flags
layout(location=3) in uint a_heading; // hundredths of a degree
layout(location=4) in uvec2 a_colour; // colour, speed where the heading is shown
uniform float u_now;
uniform vec2 u_centre;   // of the view, as an offset from the origin
uniform float u_world;   // device pixels round the world
uniform vec2 u_half;     // half the canvas, device pixels
uniform float u_ratio;   // device pixels in a CSS pixel
uniform float u_size[7]; // CSS pixels of the 24 box, by class
uniform float u_alpha[7];
uniform float u_focus;   // 1 when something is selected and the rest steps back
vec2 place() {
  float t = a_time.y > 0.0 ? clamp((u_now - a_time.x) / a_time.y, 0.0, 1.0) : 1.0;
  return (mix(a_path.xy, a_path.zw, t) - u_centre) * u_world;
}`;

export const VERTEX = `#version 300 es
precision highp float;
${PLACE}
out vec2 v_p;
flat out ivec4 v_look;
flat out int v_colour;
flat out float v_scale;  // device pixels in a glyph unit
flat out float v_alpha;
flat out vec2 v_dir;

void main() {
  int cls = int(a_look.z), flags = int(a_look.w), treat = int(a_look.y);
  float size = u_size[cls], alpha = u_alpha[cls];
  if (u_focus > 0.5 && cls < 4) { size = min(size, 16.0); alpha *= 0.62; }
  v_scale = size * u_ratio / 24.0;
  v_alpha = alpha;
  bool reach = (flags & 8) != 0 || treat == 2 || treat == 3;
  float extent = (flags & 1) != 0 ? 26.0 : (flags & 6) != 0 ? 20.0 : reach ? 19.0 : 13.5;
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1)) * 2.0 - 1.0;
  v_p = corner * extent;
  if (alpha == 0.0) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // nothing of it is in the picture
    return;
  }
  vec2 pixel = place() + v_p * v_scale;
  gl_Position = vec4(pixel.x / u_half.x, -pixel.y / u_half.y, 0.0, 1.0);
  v_look = ivec4(a_look);
  v_colour = int(a_colour.x);
  float h = radians(float(a_heading) / 100.0);
  v_dir = vec2(sin(h), -cos(h));
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_p;
flat in ivec4 v_look;
flat in int v_colour;
flat in float v_scale;
flat in float v_alpha;
flat in vec2 v_dir;
uniform sampler2D u_atlas;
uniform vec3 u_colours[9];
uniform vec3 u_ground;
uniform vec3 u_mark;     // selection ring
uniform float u_pulse;   // opacity of the alarm's outer ring
uniform float u_ratio;
out vec4 o_colour;

const float PI = 3.14159265;

float cover(float d) { return clamp(0.5 - d * v_scale, 0.0, 1.0); }
float stroke(float d, float width) {            // never thinner than a device pixel and a bit
  return cover(abs(d) - max(width, 1.25 * u_ratio / v_scale) * 0.5);
}
float segment(vec2 p, vec2 a, vec2 b) {
  vec2 pa = p - a, ba = b - a;
  return length(pa - ba * clamp(dot(pa, ba) / dot(ba, ba), 0.0, 1.0));
}
float box(vec2 p, vec2 half_size) {
  vec2 q = abs(p) - half_size;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0);
}
void over(inout vec4 under, vec3 colour, float a) {
  under = vec4(colour * a, a) + under * (1.0 - a);
}

void main() {
  int kind = v_look.x, treat = v_look.y, flags = v_look.w;
  vec3 colour = u_colours[v_colour];
  vec2 p = v_p;
  float d = ${RANGE_UNITS.toFixed(1)}, pic = ${RANGE_UNITS.toFixed(1)};
  const float reach = ${(CELL_UNITS / 2 - 0.3).toFixed(2)};
  vec2 uv = clamp(p, -reach, reach) / ${CELL_UNITS.toFixed(1)} + 0.5;
  vec2 field = texture(u_atlas, vec2((float(kind) + uv.x) / 8.0, uv.y)).rg;
  if (max(abs(p.x), abs(p.y)) < reach) {
    d = (0.5 - field.r) * ${(2 * RANGE_UNITS).toFixed(1)};
    pic = (0.5 - field.g) * ${(2 * RANGE_UNITS).toFixed(1)};
  }
  float r = length(p);
  vec4 ink = vec4(0.0);
  float body = cover(d);

  // what lies beneath: the backing of selected and candidate units
  if ((flags & 6) != 0) over(ink, u_ground, cover(r - 16.5) * 0.94);
  if ((flags & 2) != 0) over(ink, u_mark, stroke(r - 16.5, 2.0));

  // heading
  if (treat == 2 && (flags & 8) != 0) {
    vec2 q = vec2(p.x * -v_dir.y + p.y * v_dir.x, -dot(p, v_dir)); // the head lies at -y
    float edge = max(dot(q - vec2(0.0, -17.4), vec2(0.828, -0.560)), dot(q - vec2(0.0, -17.4), vec2(-0.828, -0.560)));
    over(ink, colour, cover(max(edge, q.y + 10.6)));
  } else if (treat == 2) {
    over(ink, colour, cover(max(max(dot(p - vec2(0.0, -17.4), vec2(0.828, -0.560)), dot(p - vec2(0.0, -17.4), vec2(-0.828, -0.560))), p.y + 10.6)));
  } else if ((flags & 8) != 0 && v_scale * 24.0 >= 12.0 * u_ratio) { // in the city's view ticks are noise
    over(ink, colour, stroke(segment(p, v_dir * 10.0, v_dir * 15.0), 2.2));
  }
  if (treat == 3) over(ink, colour, cover(box(p - vec2(0.0, 13.6), vec2(10.0, max(1.5, 0.6 * u_ratio / v_scale)))));

  bool filled = treat == 0 || treat == 2 || treat == 3;
  if (filled) {
    over(ink, u_ground, cover(d - 0.8) * 0.9);
    over(ink, colour, body);
    if (v_scale * 24.0 >= 22.0 * u_ratio) over(ink, u_ground, cover(pic) * body);
  } else {
    if (treat != 5) over(ink, u_ground, cover(d - 0.9));
    float line = treat == 1 ? 2.25 : treat == 5 ? 1.62 : 1.8;
    float edge = stroke(d, line);
    float small = step(v_scale, 0.62 * u_ratio);
    if (treat == 7) {        // dashes by angle
      float n = mix(9.0, 6.0, small);
      edge *= smoothstep(0.02, 0.10, 0.5 - abs(fract(atan(p.y, p.x) / (2.0 * PI) * n + 0.31) - 0.5) - 0.14);
      edge *= 0.9;
    } else if (treat == 8) { // dots by angle, and a cross
      float n = mix(13.0, 8.0, small);
      edge *= smoothstep(0.0, 0.08, 0.5 - abs(fract(atan(p.y, p.x) / (2.0 * PI) * n) - 0.5) - 0.24);
      float cross_ = min(segment(p, vec2(-3.6), vec2(3.6)), segment(p, vec2(3.6, -3.6), vec2(-3.6, 3.6)));
      edge = max(edge, stroke(cross_, 2.0));
    } else if (treat == 1) {
      edge = max(edge, cover(r - 3.2));
    } else if (treat == 4) {
      edge = max(edge, body * cover(-p.y));
    } else if (treat == 6) {
      edge = max(edge, stroke(segment(p, vec2(-11.0, 11.0), vec2(11.0, -11.0)), 2.16));
    }
    over(ink, colour, edge);
  }

  if ((flags & 1) != 0) {
    over(ink, colour, stroke(r - 17.0, 2.0));
    over(ink, colour, stroke(r - 23.0, 1.5) * u_pulse);
  }
  o_colour = ink * v_alpha;
}`;
