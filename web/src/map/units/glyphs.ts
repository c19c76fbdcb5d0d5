// The eight silhouettes and their pictograms: paths in a box of 24, origin in the middle, y down.

export interface Glyph {
  silhouette: string;
  /** what is filled of the pictogram */
  fill?: string;
  /** what is stroked of it, and how wide */
  stroke?: string;
  width?: number;
}

/** In the order of the kinds. */
export const GLYPHS: readonly Glyph[] = [
  {
    silhouette: "M-5-8.5H5A3.5 3.5 0 0 1 8.5-5V5A3.5 3.5 0 0 1 5 8.5H-5A3.5 3.5 0 0 1-8.5 5V-5A3.5 3.5 0 0 1-5-8.5Z",
    fill: "M-5.2 1.4-3.7-2.6A1.8 1.8 0 0 1-2-3.8H2A1.8 1.8 0 0 1 3.7-2.6L5.2 1.4V4.8H3.1V3.4H-3.1V4.8H-5.2Z",
  },
  {
    silhouette: "M-5.4-9.4H5.4L10.8 0 5.4 9.4H-5.4L-10.8 0Z",
    stroke: "M-4.6 0 0-4.2 4.6 0M-4.6 4.4 0 .2 4.6 4.4", width: 2,
  },
  {
    silhouette: "M0-10.6 10.6 0 0 10.6-10.6 0Z",
    stroke: "M-5.6 1.7A1.9 1.9 0 1 0-1.8 1.7 1.9 1.9 0 1 0-5.6 1.7ZM1.8 1.7A1.9 1.9 0 1 0 5.6 1.7 1.9 1.9 0 1 0 1.8 1.7ZM-3.7 1.7-.6-1.2H2.2L3.7 1.7M2.4-1.2 1.5-3.4H3.3",
    width: 1.5,
  },
  {
    silhouette: "M0-7.8A7.8 7.8 0 1 1 0 7.8 7.8 7.8 0 1 1 0-7.8Z",
    fill: "M0-4.6A2 2 0 1 1 0-.6 2 2 0 1 1 0-4.6ZM-3.9 4.2C-3.9-.4 3.9-.4 3.9 4.2Z",
  },
  {
    silhouette: "M-10.2-8.4-8.4-10.2-4.1-5.9A7.2 7.2 0 0 1 4.1-5.9L8.4-10.2 10.2-8.4 5.9-4.1A7.2 7.2 0 0 1 5.9 4.1L10.2 8.4 8.4 10.2 4.1 5.9A7.2 7.2 0 0 1-4.1 5.9L-8.4 10.2-10.2 8.4-5.9 4.1A7.2 7.2 0 0 1-5.9-4.1Z",
    stroke: "M-2.2-3V3M2.2-3V3M-2.2 0H2.2", width: 1.6,
  },
  {
    silhouette: "M-6.5-10.2A3.7 3.7 0 0 1-3.3-4.7L0-2 3.3-4.7A3.7 3.7 0 1 1 4.9-3.2L2.2 0 4.9 3.2A3.7 3.7 0 1 1 3.3 4.7L0 2-3.3 4.7A3.7 3.7 0 1 1-4.9 3.2L-2.2 0-4.9-3.2A3.7 3.7 0 0 1-6.5-10.2Z",
  },
  {
    silhouette: "M-8.5-9H8.5V.5C8.5 5.6 4.6 8.8 0 10.8-4.6 8.8-8.5 5.6-8.5.5Z",
    stroke: "M-4-4.4H4M-4-.8H4M-2.4 2.8H2.4", width: 1.8,
  },
  {
    silhouette: "M0-10.4A4.6 4.6 0 1 1 0-1.2 4.6 4.6 0 1 1 0-10.4ZM-5.9-.4A4.6 4.6 0 1 1-5.9 8.8 4.6 4.6 0 1 1-5.9-.4ZM5.9-.4A4.6 4.6 0 1 1 5.9 8.8 4.6 4.6 0 1 1 5.9-.4Z",
  },
];
