package dev.riser.model;

import com.google.re2j.Pattern;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One entry of {@code http} in a VirtualService.
 *
 * @param index its place in the list as written, counted from 0 ({@code http[index]})
 * @param line its line in the file
 * @param name its name, empty where none
 * @param matches alternatives, of which one must hold; empty means that every request matches
 * @param action what happens to a request
 * @param rewrite change of path or host before forwarding
 * @param timeout for the whole request with all its attempts; zero switches timeouts off, absent leaves the default
 * @param retries absent leaves the mesh's default; attempts 0 switches them off
 * @param fault failures to make on purpose
 * @param headers changes for all targets
 * @param cors cross-origin rules
 * @param mirrors copies that are sent and whose answers are dropped
 */
public record HttpRule(
        int index,
        int line,
        String name,
        List<Match> matches,
        Action action,
        Optional<Rewrite> rewrite,
        Optional<Duration> timeout,
        Optional<Retries> retries,
        Optional<Fault> fault,
        HeaderChanges headers,
        Optional<Cors> cors,
        List<Mirror> mirrors) {

    public HttpRule {
        matches = List.copyOf(matches);
        mirrors = List.copyOf(mirrors);
    }

    /**
     * Conditions that must all hold. Matches that are bound to gateways only are left out by the reader.
     *
     * @param name its name, empty where none
     * @param headers conditions by lower-case header name
     * @param withoutHeaders headers that must be absent or must not match
     * @param queryParams conditions by parameter name
     * @param ignoreUriCase whether an exact or prefix {@code uri} disregards case
     * @param port the service's port that was called
     * @param sourceLabels labels the calling workload must have
     * @param sourceNamespace the calling workload's namespace
     * @param line its line in the file
     */
    public record Match(
            String name,
            Optional<StringMatch> uri,
            Optional<StringMatch> scheme,
            Optional<StringMatch> method,
            Optional<StringMatch> authority,
            Map<String, StringMatch> headers,
            Map<String, StringMatch> withoutHeaders,
            Map<String, StringMatch> queryParams,
            boolean ignoreUriCase,
            OptionalInt port,
            Map<String, String> sourceLabels,
            Optional<String> sourceNamespace,
            int line) {
        public Match {
            headers = Ordered.copy(headers);
            withoutHeaders = Ordered.copy(withoutHeaders);
            queryParams = Ordered.copy(queryParams);
            sourceLabels = Map.copyOf(sourceLabels);
        }
    }

    /** What happens to a request that matches. */
    public sealed interface Action {}

    /** The request is forwarded to one of the targets, by weight. Never empty. */
    public record Forward(List<WeightedDestination> targets) implements Action {
        public Forward {
            targets = List.copyOf(targets);
        }
    }

    /**
     * The caller is told to go elsewhere.
     *
     * @param uri the new path
     * @param authority the new host
     * @param scheme the new scheme
     * @param port the new port
     * @param code 301, 302, 303, 307 or 308
     */
    public record Redirect(
            Optional<RedirectPath> uri,
            Optional<String> authority,
            Optional<String> scheme,
            Optional<RedirectPort> port,
            int code)
            implements Action {}

    /** How a redirect changes the path. */
    public sealed interface RedirectPath {
        /** The whole path is replaced; the query stays. */
        record Whole(String path) implements RedirectPath {}

        /** The matched prefix is replaced. */
        record Prefix(String prefix) implements RedirectPath {}
    }

    /** Which port a redirect names. */
    public sealed interface RedirectPort {
        /** The given one. */
        record Fixed(int port) implements RedirectPort {}

        /** 80 or 443, after the scheme. */
        record ProtocolDefault() implements RedirectPort {}

        /** The one the request came to. */
        record OfRequest() implements RedirectPort {}
    }

    /** The proxy answers itself. The body is empty where none was written. */
    @SuppressWarnings("ArrayRecordComponent") // bytes on the wire; copied at the door and compared by content
    public record DirectResponse(int status, byte[] body) implements Action {
        public DirectResponse {
            body = body.clone();
        }

        @Override
        public byte[] body() {
            return body.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof DirectResponse(int otherStatus, byte[] otherBody)
                    && status == otherStatus
                    && Arrays.equals(body, otherBody);
        }

        @Override
        public int hashCode() {
            return 31 * status + Arrays.hashCode(body);
        }
    }

    /** The rules of another VirtualService, one without hosts, take this one's place. */
    public record Delegate(String namespace, String name) implements Action {}

    /** Change of path or host before forwarding. */
    public record Rewrite(Optional<PathRewrite> path, Optional<String> authority) {}

    /** How a rewrite changes the path. */
    public sealed interface PathRewrite {
        /** With a prefix match the matched prefix is replaced, else the whole path. */
        record Matched(String uri) implements PathRewrite {}

        /**
         * What the expression finds in the path is replaced.
         *
         * @param match the expression as written, RE2 syntax
         * @param rewrite the replacement, with {@code \1} for the first group
         */
        record Regex(String match, Pattern pattern, String rewrite) implements PathRewrite {}
    }

    /**
     * What is tried again.
     *
     * @param attempts tries after the first; 0 switches retries off
     * @param perTryTimeout time for one try
     * @param retryOn conditions and status codes, in Envoy's words; empty leaves the mesh's default
     * @param retryRemoteLocalities whether a retry may leave the locality
     * @param retryIgnorePreviousHosts whether a retry avoids hosts that were tried
     * @param backoff least pause before the first retry
     */
    public record Retries(
            int attempts,
            Optional<Duration> perTryTimeout,
            List<String> retryOn,
            boolean retryRemoteLocalities,
            boolean retryIgnorePreviousHosts,
            Optional<Duration> backoff) {
        public Retries {
            retryOn = List.copyOf(retryOn);
        }
    }

    /** Failures to make on purpose. */
    public record Fault(Optional<Delay> delay, Optional<Abort> abort) {}

    /** Requests of the given share wait. */
    public record Delay(Duration fixedDelay, Percentage percentage) {}

    /** Requests of the given share are answered at once. */
    public record Abort(AbortStatus status, Percentage percentage) {}

    /** What an aborted request is answered with. */
    public sealed interface AbortStatus {
        /** An HTTP status, 200 to 599. */
        record Http(int status) implements AbortStatus {}

        /** A gRPC status, 0 to 16. */
        record Grpc(int code) implements AbortStatus {}
    }

    /**
     * Cross-origin rules.
     *
     * @param maxAge how long a browser may keep the answer to a preflight
     * @param allowCredentials absent means false
     * @param forwardUnmatchedPreflights whether a preflight of a foreign origin reaches the service
     */
    public record Cors(
            List<StringMatch> allowOrigins,
            List<String> allowMethods,
            List<String> allowHeaders,
            List<String> exposeHeaders,
            Optional<Duration> maxAge,
            Optional<Boolean> allowCredentials,
            boolean forwardUnmatchedPreflights) {
        public Cors {
            allowOrigins = List.copyOf(allowOrigins);
            allowMethods = List.copyOf(allowMethods);
            allowHeaders = List.copyOf(allowHeaders);
            exposeHeaders = List.copyOf(exposeHeaders);
        }
    }

    /** A copy of the given share of requests. */
    public record Mirror(Destination destination, Percentage percentage) {}
}
