/** Figures and times as text. Everything that is not known is an en dash, never a zero. */

export const UNKNOWN = "–";

function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

export function rate(value) {
  if (!known(value)) {
    return UNKNOWN;
  }
  if (value === 0) {
    return "0";
  }
  if (value < 0.1) {
    return "<0.1";
  }
  if (value < 100) {
    return value.toFixed(1);
  }
  if (value < 10_000) {
    return Math.round(value).toLocaleString("en");
  }
  return `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)}k`;
}

/** A share between 0 and 1; never rounds up to 100 % what is less. */
export function percent(value) {
  if (!known(value)) {
    return UNKNOWN;
  }
  const floor = Math.floor(value * 10_000) / 100;
  return `${floor === 100 || floor === 0 ? floor : floor.toFixed(2)}%`;
}

/** A share on an axis, where neighbours give the precision. */
export function roundPercent(value) {
  return `${Number((value * 100).toFixed(2))}%`;
}

export function roundRate(value) {
  return value < 10_000 ? String(Number(value.toFixed(2))) : rate(value);
}

export function share(value) {
  if (!known(value)) {
    return UNKNOWN;
  }
  const hundredths = value * 100;
  return `${hundredths > 0 && hundredths < 1 ? "<1" : Math.round(hundredths)}%`;
}

/** Milliseconds, with the unit. */
export function latency(value) {
  if (!known(value)) {
    return UNKNOWN;
  }
  if (value === 0) {
    return "0 ms";
  }
  if (value < 1) {
    return `${value.toFixed(2)} ms`;
  }
  if (value < 10) {
    return `${value.toFixed(1)} ms`;
  }
  if (value < 1000) {
    return `${Math.round(value)} ms`;
  }
  return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

export function bytesPerSecond(value) {
  if (!known(value)) {
    return UNKNOWN;
  }
  let rest = value;
  for (const unit of ["B/s", "kB/s", "MB/s", "GB/s"]) {
    if (rest < 1000 || unit === "GB/s") {
      return `${rest < 10 && unit !== "B/s" ? rest.toFixed(1) : Math.round(rest)} ${unit}`;
    }
    rest /= 1000;
  }
  return UNKNOWN;
}

/** Milliseconds since the epoch of an API instant: ISO text, or seconds since the epoch; null where absent. */
export function instant(value) {
  if (typeof value === "number") {
    return value < 1e11 ? value * 1000 : value;
  }
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** Length of time in its two largest units at most. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  }
  const days = Math.floor(hours / 24);
  return days < 730 ? `${days} days` : `${Math.floor(days / 365)} years`;
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("en-GB");
}

export function dateAndClock(milliseconds) {
  return new Date(milliseconds).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
