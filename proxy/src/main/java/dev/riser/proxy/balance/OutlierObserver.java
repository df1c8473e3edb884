package dev.riser.proxy.balance;

import java.time.Duration;

/** Hears of ejections. Called on the thread that reported the outcome or that sweeps; must not block. */
public interface OutlierObserver {
    /** Hears nothing. */
    OutlierObserver NONE = new OutlierObserver() {
        @Override
        public void onEjected(Host host, Cause cause, Duration duration) {}

        @Override
        public void onWithheld(Host host, Cause cause) {}

        @Override
        public void onReturned(Host host) {}
    };

    /** Why an endpoint stands out. */
    enum Cause {
        CONSECUTIVE_SERVER_ERRORS,
        CONSECUTIVE_GATEWAY_ERRORS,
        CONSECUTIVE_LOCAL_ORIGIN_FAILURES,
        SUCCESS_RATE,
        FAILURE_PERCENTAGE
    }

    /** The endpoint gets no requests for this long. */
    void onEjected(Host host, Cause cause, Duration duration);

    /** The endpoint stands out, but is not ejected: too many are out, or the finding is not enforced. */
    void onWithheld(Host host, Cause cause);

    /** The endpoint gets requests again. */
    void onReturned(Host host);
}
