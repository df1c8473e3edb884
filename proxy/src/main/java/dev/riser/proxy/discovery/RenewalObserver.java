package dev.riser.proxy.discovery;

import dev.riser.identity.WorkloadCredentials;
import java.time.Instant;

/** Is told of renewals. Called on the renewal's loop. */
public interface RenewalObserver {
    /** Looks away. */
    RenewalObserver NONE = new RenewalObserver() {
        @Override
        public void onRenewed(WorkloadCredentials credentials, Instant next) {}

        @Override
        public void onFailed(String reason, int failures, Instant next) {}
    };

    /** New credentials are in force; {@code next} is when they will be renewed. */
    void onRenewed(WorkloadCredentials credentials, Instant next);

    /** An attempt failed, the {@code failures}th in a row; {@code next} is when the next one is made. */
    void onFailed(String reason, int failures, Instant next);
}
