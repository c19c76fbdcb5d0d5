/** Brings a line of the map into view. */
export type Fit = (line: readonly GeoJSON.Position[]) => void;
