package dev.riser.control.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.ProxyView;
import dev.riser.model.HeaderChanges;
import dev.riser.model.HostNames;
import dev.riser.model.HttpRule;
import dev.riser.model.Percentage;
import dev.riser.model.PortProtocol;
import dev.riser.model.StringMatch;
import dev.riser.model.VirtualService;
import dev.riser.model.WeightedDestination;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Route configurations {@code <host>:<port>}. */
final class RouteTranslation {
    /** Istio's default: failures in which the server has not begun to answer. */
    private static final String RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled";

    private static final int RETRIES = 2;
    /** How often another endpoint is looked for before one that was tried is tried again, as in Istio. */
    private static final int HOST_ATTEMPTS = 5;

    private final ProxyView view;

    RouteTranslation(ProxyView view) {
        this.view = view;
    }

    /** The route configuration of that name, where the host is visible and requests can be routed on the port. */
    Optional<RouteConfiguration> routes(String name) {
        return ResourceNames.RoutedHost.parse(name)
                .flatMap(routed -> view.service(routed.host())
                        .filter(service -> service.port(routed.port())
                                .filter(port -> routable(port.protocol()))
                                .isPresent())
                        .map(service -> routes(name, service, routed.port())));
    }

    /** Whether requests are routed on such a port: HTTP, or it may turn out to be. */
    static boolean routable(PortProtocol protocol) {
        return protocol.isHttp() || protocol == PortProtocol.AUTO;
    }

    private RouteConfiguration routes(String name, MeshService service, int port) {
        RouteConfiguration.Builder routes = RouteConfiguration.newBuilder().setName(name);
        Set<String> taken = new LinkedHashSet<>();
        List<MeshService> sharing = sharing(service, port);
        for (MeshService member : sharing) {
            List<String> domains = new ArrayList<>();
            for (String domain : domains(member, port)) {
                if (taken.add(domain)) {
                    domains.add(domain);
                }
            }
            // The address that was called says which service is meant, whatever name the caller gives it.
            if (member.equals(sharing.getLast()) && taken.add("*")) {
                domains.add("*");
            }
            if (!domains.isEmpty()) {
                routes.addVirtualHosts(virtualHost(member, port, domains));
            }
        }
        return routes.build();
    }

    /** Services on the same address and port are told apart by the request's host; the first one names the routes. */
    private List<MeshService> sharing(MeshService service, int port) {
        Set<MeshService> others = new LinkedHashSet<>();
        for (String address : service.addresses()) {
            List<MeshService> at = view.servicesAt(address, port);
            if (at.getFirst().equals(service)) {
                others.addAll(at);
            }
        }
        others.remove(service);
        List<MeshService> sharing = new ArrayList<>(others);
        sharing.add(service);
        return sharing;
    }

    /** Names under which this proxy's workload may call the service, each with and without the port. */
    List<String> domains(MeshService service, int port) {
        List<String> names = new ArrayList<>();
        names.add(service.host());
        if (service.host().endsWith(HostNames.SERVICE_SUFFIX)) {
            String base = service.host().substring(0, service.host().length() - HostNames.SERVICE_SUFFIX.length());
            names.add(base + ".svc");
            names.add(base);
            int dot = base.indexOf('.');
            if (dot > 0 && base.substring(dot + 1).equals(view.node().namespace())) {
                names.add(base.substring(0, dot));
            }
        }
        service.addresses().forEach(address -> names.add(address.contains(":") ? "[" + address + "]" : address));
        List<String> domains = new ArrayList<>();
        for (String name : names) {
            domains.add(name);
            if (!name.equals("*")) {
                domains.add(name + ":" + port);
            }
        }
        return domains;
    }

    VirtualHost virtualHost(MeshService service, int port, List<String> domains) {
        VirtualHost.Builder host = VirtualHost.newBuilder()
                .setName(new ResourceNames.RoutedHost(service.host(), port).name())
                .addAllDomains(domains);
        Optional<VirtualService> virtualService = view.virtualService(service);
        List<Route> routes = virtualService.map(rules -> routes(rules, port)).orElse(List.of());
        if (virtualService.isPresent() && !virtualService.get().http().isEmpty()) {
            return host.setMetadata(Wire.origin(virtualService.get().origin()))
                    .addAllRoutes(routes)
                    .build();
        }
        String cluster = new ResourceNames.OutboundCluster(port, "", service.host()).name();
        return host.setMetadata(Wire.origin(service.origin()))
                .addRoutes(defaultRoute(cluster).setMetadata(Wire.origin(service.origin())))
                .build();
    }

    /** Everything goes to one cluster, without a limit of time. */
    Route.Builder defaultRoute(String cluster) {
        return Route.newBuilder()
                .setName("default")
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder()
                        .setCluster(cluster)
                        .setTimeout(Wire.duration(Duration.ZERO))
                        .setRetryPolicy(defaultRetries()));
    }

    private List<Route> routes(VirtualService virtualService, int port) {
        Destinations destinations = new Destinations(view, virtualService.namespace(), port);
        List<Route> routes = new ArrayList<>();
        for (HttpRule rule : virtualService.http()) {
            if (rule.matches().isEmpty()) {
                route(virtualService, rule, Optional.empty(), destinations).ifPresent(routes::add);
                // Nothing can reach what stands behind a rule without conditions.
                break;
            }
            for (HttpRule.Match match : rule.matches()) {
                if ((match.port().isEmpty() || match.port().getAsInt() == port)
                        && destinations.callerMatches(match.sourceLabels(), match.sourceNamespace())) {
                    route(virtualService, rule, Optional.of(match), destinations)
                            .ifPresent(routes::add);
                }
            }
        }
        return routes;
    }

    private Optional<Route> route(
            VirtualService virtualService, HttpRule rule, Optional<HttpRule.Match> match, Destinations destinations) {
        Route.Builder route = Route.newBuilder()
                .setName(name(rule, match))
                .setMatch(match.map(this::match)
                        .orElse(RouteMatch.newBuilder().setPrefix("/").build()))
                .setMetadata(Wire.origin(
                        virtualService.origin(),
                        "http[" + rule.index() + "]",
                        match.map(HttpRule.Match::line).orElse(rule.line())));
        switch (rule.action()) {
            case HttpRule.Forward(List<WeightedDestination> targets) ->
                route.setRoute(forward(rule, targets, destinations));
            case HttpRule.Redirect redirect -> route.setRedirect(redirect(redirect));
            case HttpRule.DirectResponse direct -> {
                DirectResponseAction.Builder action =
                        DirectResponseAction.newBuilder().setStatus(direct.status());
                byte[] body = direct.body();
                if (body.length > 0) {
                    ByteString bytes = ByteString.copyFrom(body);
                    action.setBody(
                            bytes.isValidUtf8()
                                    ? DataSource.newBuilder().setInlineString(bytes.toStringUtf8())
                                    : DataSource.newBuilder().setInlineBytes(bytes));
                }
                route.setDirectResponse(action);
            }
            case HttpRule.Delegate ignored -> {
                // The world puts delegates in; one that is left has no rules.
                return Optional.empty();
            }
        }
        rule.headers().request().remove().forEach(route::addRequestHeadersToRemove);
        options(rule.headers().request()).forEach(route::addRequestHeadersToAdd);
        rule.headers().response().remove().forEach(route::addResponseHeadersToRemove);
        options(rule.headers().response()).forEach(route::addResponseHeadersToAdd);
        rule.fault().ifPresent(fault -> route.putTypedPerFilterConfig(HttpConnections.FAULT, Wire.any(fault(fault))));
        rule.cors().ifPresent(cors -> route.putTypedPerFilterConfig(HttpConnections.CORS, Wire.any(cors(cors))));
        return Optional.of(route.build());
    }

    private static String name(HttpRule rule, Optional<HttpRule.Match> match) {
        String matchName = match.map(HttpRule.Match::name).orElse("");
        if (rule.name().isEmpty() || matchName.isEmpty()) {
            return rule.name() + matchName;
        }
        return rule.name() + "." + matchName;
    }

    private RouteMatch match(HttpRule.Match match) {
        RouteMatch.Builder wire = RouteMatch.newBuilder();
        if (match.uri().isPresent()) {
            switch (match.uri().get()) {
                case StringMatch.Exact(String value) -> wire.setPath(value);
                case StringMatch.Prefix(String value) -> wire.setPrefix(value);
                case StringMatch.Regex regex -> wire.setSafeRegex(Wire.regexMatcher(regex.value()));
                case StringMatch.Present ignored -> wire.setPrefix("/");
            }
        } else {
            wire.setPrefix("/");
        }
        if (match.ignoreUriCase()) {
            wire.setCaseSensitive(BoolValue.of(false));
        }
        match.method().ifPresent(method -> wire.addHeaders(header(":method", method)));
        match.authority().ifPresent(authority -> wire.addHeaders(header(":authority", authority)));
        match.scheme().ifPresent(scheme -> wire.addHeaders(header(":scheme", scheme)));
        match.headers().forEach((name, condition) -> wire.addHeaders(header(name, condition)));
        match.withoutHeaders().forEach((name, condition) -> wire.addHeaders(without(name, condition)));
        match.queryParams().forEach((name, condition) -> wire.addQueryParameters(query(name, condition)));
        return wire.build();
    }

    private static HeaderMatcher.Builder header(String name, StringMatch condition) {
        HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName(name);
        return string(condition).map(matcher::setStringMatch).orElseGet(() -> matcher.setPresentMatch(true));
    }

    private static HeaderMatcher.Builder without(String name, StringMatch condition) {
        HeaderMatcher.Builder matcher = header(name, condition).setInvertMatch(true);
        // An absent header does not match, so "without" holds for it.
        return condition instanceof StringMatch.Present ? matcher : matcher.setTreatMissingHeaderAsEmpty(true);
    }

    private static QueryParameterMatcher.Builder query(String name, StringMatch condition) {
        QueryParameterMatcher.Builder matcher =
                QueryParameterMatcher.newBuilder().setName(name);
        return string(condition).map(matcher::setStringMatch).orElseGet(() -> matcher.setPresentMatch(true));
    }

    private static Optional<StringMatcher> string(StringMatch condition) {
        return switch (condition) {
            case StringMatch.Exact(String value) -> Optional.of(Wire.exact(value));
            case StringMatch.Prefix(String value) -> Optional.of(Wire.prefix(value));
            case StringMatch.Regex regex -> Optional.of(Wire.regex(regex.value()));
            case StringMatch.Present ignored -> Optional.empty();
        };
    }

    private RouteAction forward(HttpRule rule, List<WeightedDestination> targets, Destinations destinations) {
        RouteAction.Builder action = RouteAction.newBuilder();
        List<WeightedDestination> used = targets.size() == 1
                ? targets
                : targets.stream().filter(target -> target.weight() > 0).toList();
        if (used.size() == 1 && used.getFirst().headers().isEmpty()) {
            action.setCluster(destinations.cluster(used.getFirst().destination()));
        } else {
            WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
            for (WeightedDestination target : used) {
                WeightedCluster.ClusterWeight.Builder weight = WeightedCluster.ClusterWeight.newBuilder()
                        .setName(destinations.cluster(target.destination()))
                        .setWeight(Wire.uint(used.size() == 1 ? 1 : target.weight()));
                HeaderChanges changes = target.headers();
                changes.request().remove().forEach(weight::addRequestHeadersToRemove);
                options(changes.request()).forEach(weight::addRequestHeadersToAdd);
                changes.response().remove().forEach(weight::addResponseHeadersToRemove);
                options(changes.response()).forEach(weight::addResponseHeadersToAdd);
                weighted.addClusters(weight);
            }
            action.setWeightedClusters(weighted);
        }
        action.setTimeout(Wire.duration(rule.timeout().orElse(Duration.ZERO)));
        retries(rule).ifPresent(action::setRetryPolicy);
        rule.rewrite().ifPresent(rewrite -> rewrite(rewrite, action));
        for (HttpRule.Mirror mirror : rule.mirrors()) {
            action.addRequestMirrorPolicies(RouteAction.RequestMirrorPolicy.newBuilder()
                    .setCluster(destinations.cluster(mirror.destination()))
                    .setRuntimeFraction(
                            RuntimeFractionalPercent.newBuilder().setDefaultValue(fraction(mirror.percentage()))));
        }
        return action.build();
    }

    private static void rewrite(HttpRule.Rewrite rewrite, RouteAction.Builder action) {
        rewrite.path().ifPresent(path -> {
            switch (path) {
                case HttpRule.PathRewrite.Matched(String uri) -> action.setPrefixRewrite(uri);
                case HttpRule.PathRewrite.Regex regex ->
                    action.setRegexRewrite(RegexMatchAndSubstitute.newBuilder()
                            .setPattern(Wire.regexMatcher(regex.match()))
                            .setSubstitution(regex.rewrite()));
            }
        });
        rewrite.authority().ifPresent(action::setHostRewriteLiteral);
    }

    private static Optional<RetryPolicy> retries(HttpRule rule) {
        if (rule.retries().isEmpty()) {
            return Optional.of(defaultRetries());
        }
        HttpRule.Retries retries = rule.retries().get();
        if (retries.attempts() == 0) {
            return Optional.empty();
        }
        RetryPolicy.Builder policy = RetryPolicy.newBuilder().setNumRetries(Wire.uint(retries.attempts()));
        List<String> words = new ArrayList<>();
        for (String word : retries.retryOn()) {
            if (word.matches("[1-5][0-9][0-9]")) {
                policy.addRetriableStatusCodes(Integer.parseInt(word));
            } else {
                words.add(word);
            }
        }
        if (policy.getRetriableStatusCodesCount() > 0 && !words.contains("retriable-status-codes")) {
            words.add("retriable-status-codes");
        }
        policy.setRetryOn(words.isEmpty() ? RETRY_ON : String.join(",", words));
        retries.perTryTimeout().ifPresent(timeout -> policy.setPerTryTimeout(Wire.duration(timeout)));
        retries.backoff()
                .ifPresent(pause -> policy.setRetryBackOff(
                        RetryPolicy.RetryBackOff.newBuilder().setBaseInterval(Wire.duration(pause))));
        if (retries.retryIgnorePreviousHosts()) {
            avoidTriedHosts(policy);
        }
        return Optional.of(policy.build());
    }

    private static RetryPolicy defaultRetries() {
        RetryPolicy.Builder policy =
                RetryPolicy.newBuilder().setRetryOn(RETRY_ON).setNumRetries(Wire.uint(RETRIES));
        avoidTriedHosts(policy);
        return policy.build();
    }

    private static void avoidTriedHosts(RetryPolicy.Builder policy) {
        policy.addRetryHostPredicate(RetryPolicy.RetryHostPredicate.newBuilder()
                        .setName("envoy.retry_host_predicates.previous_hosts")
                        .setTypedConfig(Wire.any(PreviousHostsPredicate.getDefaultInstance())))
                .setHostSelectionRetryMaxAttempts(HOST_ATTEMPTS);
    }

    private static RedirectAction redirect(HttpRule.Redirect redirect) {
        RedirectAction.Builder action = RedirectAction.newBuilder();
        redirect.uri().ifPresent(uri -> {
            switch (uri) {
                case HttpRule.RedirectPath.Whole(String path) -> action.setPathRedirect(path);
                case HttpRule.RedirectPath.Prefix(String prefix) -> action.setPrefixRewrite(prefix);
            }
        });
        redirect.authority().ifPresent(action::setHostRedirect);
        redirect.scheme().ifPresent(action::setSchemeRedirect);
        redirect.port().ifPresent(port -> {
            switch (port) {
                case HttpRule.RedirectPort.Fixed(int number) -> action.setPortRedirect(number);
                case HttpRule.RedirectPort.ProtocolDefault ignored ->
                    action.setPortRedirect(
                            redirect.scheme().filter("https"::equals).isPresent() ? 443 : 80);
                case HttpRule.RedirectPort.OfRequest ignored -> {
                    // Envoy keeps the request's port where none is set.
                }
            }
        });
        action.setResponseCode(
                switch (redirect.code()) {
                    case 302 -> RedirectAction.RedirectResponseCode.FOUND;
                    case 303 -> RedirectAction.RedirectResponseCode.SEE_OTHER;
                    case 307 -> RedirectAction.RedirectResponseCode.TEMPORARY_REDIRECT;
                    case 308 -> RedirectAction.RedirectResponseCode.PERMANENT_REDIRECT;
                    default -> RedirectAction.RedirectResponseCode.MOVED_PERMANENTLY;
                });
        return action.build();
    }

    private static List<HeaderValueOption> options(HeaderChanges.Operations operations) {
        List<HeaderValueOption> options = new ArrayList<>();
        for (Map.Entry<String, String> header : operations.set().entrySet()) {
            options.add(option(header, HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD));
        }
        for (Map.Entry<String, String> header : operations.add().entrySet()) {
            options.add(option(header, HeaderValueOption.HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
        }
        return options;
    }

    private static HeaderValueOption option(
            Map.Entry<String, String> header, HeaderValueOption.HeaderAppendAction action) {
        return HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder().setKey(header.getKey()).setValue(header.getValue()))
                .setAppendAction(action)
                .build();
    }

    private static HTTPFault fault(HttpRule.Fault fault) {
        HTTPFault.Builder wire = HTTPFault.newBuilder();
        fault.delay()
                .ifPresent(delay -> wire.setDelay(FaultDelay.newBuilder()
                        .setFixedDelay(Wire.duration(delay.fixedDelay()))
                        .setPercentage(fraction(delay.percentage()))));
        fault.abort().ifPresent(abort -> {
            FaultAbort.Builder wireAbort = FaultAbort.newBuilder().setPercentage(fraction(abort.percentage()));
            switch (abort.status()) {
                case HttpRule.AbortStatus.Http(int status) -> wireAbort.setHttpStatus(status);
                case HttpRule.AbortStatus.Grpc(int code) -> wireAbort.setGrpcStatus(code);
            }
            wire.setAbort(wireAbort);
        });
        return wire.build();
    }

    private static CorsPolicy cors(HttpRule.Cors cors) {
        CorsPolicy.Builder policy = CorsPolicy.newBuilder();
        for (StringMatch origin : cors.allowOrigins()) {
            policy.addAllowOriginStringMatch(string(origin).orElseGet(() -> Wire.regex(".*")));
        }
        policy.setAllowMethods(String.join(",", cors.allowMethods()))
                .setAllowHeaders(String.join(",", cors.allowHeaders()))
                .setExposeHeaders(String.join(",", cors.exposeHeaders()));
        cors.maxAge().ifPresent(age -> policy.setMaxAge(String.valueOf(age.toSeconds())));
        cors.allowCredentials().ifPresent(allowed -> policy.setAllowCredentials(BoolValue.of(allowed)));
        policy.setForwardNotMatchingPreflights(BoolValue.of(cors.forwardUnmatchedPreflights()));
        return policy.build();
    }

    private static FractionalPercent fraction(Percentage percentage) {
        return FractionalPercent.newBuilder()
                .setNumerator(percentage.ofAMillion())
                .setDenominator(FractionalPercent.DenominatorType.MILLION)
                .build();
    }
}
