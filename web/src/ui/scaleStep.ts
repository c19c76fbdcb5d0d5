/** The roundest distance whose bar is 80 to 200 CSS pixels long. */
export function scaleStep(metresPerPixel: number): { metres: number; px: number } {
  const room = 160 * metresPerPixel;
  const power = 10 ** Math.floor(Math.log10(room));
  const metres = [5, 2, 1].map((n) => n * power).find((m) => m <= room) ?? power;
  return { metres, px: metres / metresPerPixel };
}
