package dev.riser.proxy.snapshot;

import static java.util.Objects.requireNonNull;

import dev.riser.proxy.guard.AccessDecision;
import dev.riser.proxy.guard.ConnectionFacts;
import dev.riser.proxy.guard.Guard;
import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.guard.ShadowObserver;
import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.route.RequestView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks compiled rules on behalf of a plaintext caller. */
record GuardProbe(List<RbacFilter> filters) {
    AccessDecision decide(RequestView request) {
        return Guard.check(filters, null, new Plaintext(), request, ShadowObserver.NONE);
    }

    private record Plaintext() implements ConnectionFacts {
        private static final IpAddress ADDRESS = requireNonNull(IpAddress.parse("10.0.0.1"));

        @Override
        public IpAddress directRemoteAddress() {
            return ADDRESS;
        }

        @Override
        public IpAddress remoteAddress() {
            return ADDRESS;
        }

        @Override
        public IpAddress localAddress() {
            return ADDRESS;
        }

        @Override
        public int localPort() {
            return 80;
        }

        @Override
        public CharSequence requestedServerName() {
            return "";
        }

        @Override
        public @Nullable PeerCertificate peer() {
            return null;
        }
    }
}
