package dev.riser.control.serve;

import dev.riser.control.signals.SignalStore;
import dev.riser.xds.telemetry.EdgeSignals;
import dev.riser.xds.telemetry.GoldenSignalsGrpc;
import dev.riser.xds.telemetry.ReportSummary;
import dev.riser.xds.telemetry.Reporter;
import dev.riser.xds.telemetry.SignalReport;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Optional;

/**
 * Takes the proxies' reports. A reporter is believed about its own side only: what it says as the destination of an edge
 * must end in its namespace, what it says as the source must begin there.
 */
final class SignalService extends GoldenSignalsGrpc.GoldenSignalsImplBase {
    private final SignalStore store;
    private final AdmittedNodes nodes;
    private final ServeObserver observer;

    SignalService(SignalStore store, AdmittedNodes nodes, ServeObserver observer) {
        this.store = store;
        this.nodes = nodes;
        this.observer = observer;
    }

    @Override
    public StreamObserver<SignalReport> report(StreamObserver<ReportSummary> response) {
        Caller caller;
        try {
            caller = Caller.current();
        } catch (StatusException nobody) {
            response.onError(nobody);
            return new Ignoring();
        }
        return new Reports(caller, response);
    }

    private final class Reports implements StreamObserver<SignalReport> {
        private final Caller caller;
        private final StreamObserver<ReportSummary> response;
        private long reports;

        private Reports(Caller caller, StreamObserver<ReportSummary> response) {
            this.caller = caller;
            this.response = response;
        }

        @Override
        public void onNext(SignalReport report) {
            Optional<String> namespace = nodes.namespaceFor(caller, report.getNodeId());
            if (namespace.isEmpty()) {
                observer.onReportRefused(caller, report.getNodeId());
                return;
            }
            List<EdgeSignals> own = report.getEdgesList().stream()
                    .filter(edge -> reportersSide(edge).equals(namespace.get()))
                    .toList();
            if (own.size() < report.getEdgesCount()) {
                observer.onReportRefused(caller, report.getNodeId());
            }
            store.add(report.toBuilder().clearEdges().addAllEdges(own).build());
            reports++;
        }

        private static String reportersSide(EdgeSignals edge) {
            return edge.getReporter() == Reporter.DESTINATION
                    ? edge.getDestination().getNamespace()
                    : edge.getSource().getNamespace();
        }

        @Override
        public void onError(Throwable failure) {
            // The proxy is gone; what it had reported is in the store.
        }

        @Override
        public void onCompleted() {
            response.onNext(ReportSummary.newBuilder().setReports(reports).build());
            response.onCompleted();
        }
    }

    private static final class Ignoring implements StreamObserver<SignalReport> {
        @Override
        public void onNext(SignalReport report) {
            // The call has been refused already.
        }

        @Override
        public void onError(Throwable failure) {
            // As above.
        }

        @Override
        public void onCompleted() {
            // As above.
        }
    }
}
