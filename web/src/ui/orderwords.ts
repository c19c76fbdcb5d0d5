// An order in words.
import { named, t } from "../i18n";
import type { Order } from "../api/types";

/** How far it is; of one that is over, why. */
export const stateText = (order: Order): string => (order.reason ? t(`order_${order.reason}`) : t(`order_${order.state}`));

export const placeText = ({ place, to }: Order): string => (place ? named(place) : `${to.lat.toFixed(5)}, ${to.lon.toFixed(5)}`);
