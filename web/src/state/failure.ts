// What a failed request has to say.
import { ApiError } from "../api/client";
import type { Problem } from "../api/types";

export const problemOf = (error: unknown): Problem => (error instanceof ApiError ? error.problem : { title: String(error) });
