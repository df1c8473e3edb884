package dev.riser.control.api;

import dev.riser.control.registry.WorkloadRegistry;
import dev.riser.control.signals.SignalQueries;
import dev.riser.identity.TrustDomain;
import dev.riser.identity.authority.WorkloadTokens;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The API and the dashboard, on 15080 unless told otherwise. */
public final class ApiServer implements AutoCloseable {
    private static final String PREFIX = "/api/v1/";

    private final Mesh mesh;
    private final Access access;
    private final WorkloadCalls workloads;
    private final SignalCalls signals;
    private final DashboardFiles dashboard = new DashboardFiles(ApiServer.class.getClassLoader());
    private final HttpServer server;

    /**
     * What the API needs.
     *
     * @param adminToken the bearer token for changes
     * @param xds {@code host:port} of the server for proxies, given to workloads that register
     */
    public record Parts(
            Mesh mesh,
            WorkloadRegistry registry,
            WorkloadTokens tokens,
            TrustDomain trustDomain,
            SignalQueries signals,
            String adminToken,
            String xds) {}

    /**
     * Starts it.
     *
     * @param address where to listen; port 0 takes any
     * @throws IOException where it cannot listen there
     */
    public ApiServer(Parts parts, InetSocketAddress address) throws IOException {
        this.mesh = parts.mesh();
        this.access = new Access(parts.adminToken(), address.getAddress());
        this.workloads = new WorkloadCalls(parts.registry(), parts.tokens(), parts.trustDomain(), parts.xds());
        this.signals = new SignalCalls(parts.signals(), parts.mesh());
        this.server = new HttpServer(address, this::answer);
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }

    private HttpAnswer answer(HttpRequest request) {
        try {
            return request.path().startsWith("/api/") ? call(request) : page(request);
        } catch (RefusedRequest refused) {
            HttpAnswer answer = HttpAnswer.failure(refused.status(), refused.reason());
            return refused.status() == 401 ? answer.with("www-authenticate", "Bearer") : answer;
        } catch (IOException failure) {
            return HttpAnswer.failure(500, "this could not be stored: " + failure.getMessage());
        }
    }

    private HttpAnswer page(HttpRequest request) throws RefusedRequest, IOException {
        access.check(request, Access.Intent.PUBLIC);
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            throw new RefusedRequest(405, "the dashboard's files can be read only");
        }
        Optional<HttpAnswer> file = dashboard.answer(request);
        return file.orElseGet(() -> HttpAnswer.failure(404, "there is no such page; the dashboard is at /"));
    }

    private HttpAnswer call(HttpRequest request) throws RefusedRequest, IOException {
        String rest = request.path().startsWith(PREFIX) ? request.path().substring(PREFIX.length()) : "";
        List<String> path = List.of(rest.split("/", -1));
        return switch (request.method()) {
            case "GET" -> {
                access.check(request, Access.Intent.READ);
                yield read(path, request);
            }
            case "POST" -> post(path, request);
            case "DELETE" -> {
                access.check(request, Access.Intent.CHANGE);
                yield delete(path);
            }
            default -> throw new RefusedRequest(405, "allowed are GET, POST and DELETE");
        };
    }

    private HttpAnswer read(List<String> path, HttpRequest request) throws RefusedRequest {
        if (path.size() != 1) {
            throw unknown(request);
        }
        return switch (path.getFirst()) {
            case "mesh" -> HttpAnswer.json(200, mesh.facts());
            case "stat" -> signals.stat(request);
            case "graph" -> signals.graph(request);
            case "timeseries" -> signals.timeseries(request);
            case "services" -> HttpAnswer.json(200, mesh.services());
            case "objects" -> HttpAnswer.json(200, objects(request));
            case "problems" -> HttpAnswer.json(200, mesh.problems());
            case "proxies" -> HttpAnswer.json(200, mesh.proxies());
            case "workloads" -> HttpAnswer.json(200, workloads.list());
            default -> throw unknown(request);
        };
    }

    private List<Mesh.ObjectFacts> objects(HttpRequest request) {
        return mesh.objects().stream()
                .filter(object -> fits(request.parameter("kind"), object.kind())
                        && fits(request.parameter("namespace"), object.namespace())
                        && fits(request.parameter("name"), object.name()))
                .toList();
    }

    private static boolean fits(String wanted, String found) {
        return wanted.isEmpty() || wanted.equalsIgnoreCase(found);
    }

    private HttpAnswer post(List<String> path, HttpRequest request) throws RefusedRequest, IOException {
        if (path.size() == 3
                && path.getFirst().equals("workloads")
                && path.get(2).equals("token")) {
            // A workload's own token opens this one call, so the check is made there.
            access.check(request, Access.Intent.PUBLIC);
            return workloads.token(path.get(1), request, access);
        }
        access.check(request, Access.Intent.CHANGE);
        if (path.equals(List.of("objects"))) {
            return apply(request);
        }
        if (path.equals(List.of("workloads"))) {
            return workloads.register(request.body());
        }
        if (path.size() == 3
                && path.getFirst().equals("workloads")
                && path.get(2).equals("ready")) {
            return workloads.ready(path.get(1));
        }
        throw unknown(request);
    }

    private HttpAnswer apply(HttpRequest request) throws IOException {
        Mesh.ApplyOutcome outcome = mesh.apply(new String(request.body(), StandardCharsets.UTF_8));
        boolean nothingGood =
                outcome.applied().stream().allMatch(each -> each.result().equals("rejected"));
        if (nothingGood && !outcome.problems().isEmpty()) {
            return HttpAnswer.json(422, new HttpAnswer.Failure("no object was applied", outcome.problems()));
        }
        return HttpAnswer.json(200, outcome);
    }

    private HttpAnswer delete(List<String> path) throws RefusedRequest, IOException {
        if (path.size() == 2 && path.getFirst().equals("workloads")) {
            return workloads.delete(path.get(1));
        }
        if (path.size() == 4 && path.getFirst().equals("objects")) {
            // An object without a namespace, such as a Namespace, is written with a dash in its place.
            String namespace = path.get(2).equals("-") ? "" : path.get(2);
            return switch (mesh.delete(path.get(1), namespace, path.get(3))) {
                case Mesh.DeleteOutcome.Deleted deleted -> HttpAnswer.json(200, Map.of("deleted", true));
                case Mesh.DeleteOutcome.Absent absent ->
                    HttpAnswer.failure(404, "there is no %s %s/%s".formatted(path.get(1), path.get(2), path.get(3)));
                case Mesh.DeleteOutcome.NotOurs notOurs -> HttpAnswer.failure(409, notOurs.reason());
            };
        }
        throw new RefusedRequest(404, "there is no such call; ARCHITECTURE.md lists them");
    }

    private static RefusedRequest unknown(HttpRequest request) {
        return new RefusedRequest(
                404, "there is no %s %s; ARCHITECTURE.md lists the calls".formatted(request.method(), request.path()));
    }
}
