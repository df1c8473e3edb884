package dev.riser.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.run.WorkloadRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class CommandLineTest {
    private record Said(int code, String out, String err) {}

    private static Said say(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine =
                Riser.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int code = commandLine.execute(arguments);
        return new Said(code, out.toString(), err.toString());
    }

    private static RunCommand parsedRun(String... arguments) {
        CommandLine.ParseResult result = Riser.commandLine().parseArgs(arguments);
        return (RunCommand) result.subcommand().commandSpec().userObject();
    }

    @ParameterizedTest
    @MethodSource("dev.riser.cli.Riser#verbs")
    void every_verb_explains_itself(String verb) {
        Said said = say(verb, "--help");

        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("Usage: riser " + canonical(verb));
    }

    private static String canonical(String verb) {
        return switch (verb) {
            case "analyze" -> "problems";
            case "cleanup" -> "stop";
            default -> verb;
        };
    }

    @Test
    void everything_after_the_program_belongs_to_the_program() {
        RunCommand run = parsedRun("run", "--name", "web", "--port", "8000:http", "curl", "-I", "--name", "other");

        assertThat(run.words).containsExactly("curl", "-I", "--name", "other");
        assertThat(run.name).isEqualTo("web");
    }

    @Test
    void the_articles_command_line_becomes_a_workload() {
        WorkloadRequest request = parsedRun(
                        "run",
                        "--namespace",
                        "prod",
                        "--name",
                        "product",
                        "--service",
                        "product",
                        "--label",
                        "version=v2",
                        "--port",
                        "8000",
                        "--",
                        "python3",
                        "-m",
                        "http.server",
                        "8000")
                .request();

        assertThat(request.namespace()).isEqualTo("prod");
        assertThat(request.services()).containsExactly("product");
        assertThat(request.labels()).containsEntry("version", "v2").containsEntry("app", "product");
        assertThat(request.ports()).containsExactly(new WorkloadRequest.Port(8000, ""));
        assertThat(request.serviceAccount()).isEqualTo("product");
        assertThat(request.companion()).isEqualTo(WorkloadRequest.Companion.SHARED_PROXY);
    }

    @Test
    void a_named_port_keeps_its_name() {
        assertThat(WorkloadRequest.Port.parse("6379:tcp-redis")).isEqualTo(new WorkloadRequest.Port(6379, "tcp-redis"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "http", "80:HTTP", "80:a_b", ""})
    void a_port_that_is_none_is_refused_with_the_form_to_write(String text) {
        assertThatThrownBy(() -> WorkloadRequest.Port.parse(text))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("8000:http");
    }

    @Test
    void a_workload_has_a_proxy_of_its_own_or_none_but_not_both() {
        Said said = say("run", "--name", "a", "--sidecar", "--unmeshed", "true");

        assertThat(said.code()).isEqualTo(CommandFailure.USAGE);
        assertThat(said.err()).contains("exclude each other");
    }

    @Test
    void an_unknown_option_is_a_usage_error_of_one_clear_line() {
        Said said = say("stat", "--bogus");

        assertThat(said.code()).isEqualTo(CommandFailure.USAGE);
        assertThat(said.err()).startsWith("riser: Unknown option: '--bogus'").contains("riser stat --help");
    }

    @Test
    void an_unreachable_control_plane_is_a_failure_that_says_what_to_do() {
        Said said = say("stat", "--api", "http://127.0.0.1:1");

        assertThat(said.code()).isEqualTo(CommandFailure.FAILED);
        assertThat(said.err())
                .contains("no control plane answers at http://127.0.0.1:1")
                .contains("riser control-plane");
    }

    @Test
    void a_kind_that_is_not_measured_is_named_with_the_ones_that_are() {
        Said said = say("stat", "configmap", "--api", "http://127.0.0.1:1");

        assertThat(said.code()).isEqualTo(CommandFailure.USAGE);
        assertThat(said.err()).contains("deploy, service, namespace and pod").contains("'configmap'");
    }

    @Test
    void kinds_go_by_all_the_words_people_use() {
        assertThat(Kinds.object("vs")).isEqualTo("VirtualService");
        assertThat(Kinds.object("DestinationRules")).isEqualTo("DestinationRule");
        assertThat(Kinds.measured("svc")).isEqualTo("service");
        assertThat(Kinds.measuredTarget("pods/a.prod")).isEqualTo("pod/a.prod");
        assertThat(Kinds.measuredTarget("frontend")).isEqualTo("deploy/frontend");
    }

    @Test
    void lengths_of_time_are_read_in_the_usual_units() {
        assertThat(Durations.parse("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(Durations.parse("10m")).isEqualTo(Duration.ofMinutes(10));
        assertThatThrownBy(() -> Durations.parse("ten"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("30s");
    }

    @Test
    void the_redirection_can_be_read_without_being_set() {
        Said said = say("init", "--print", "--exclude-outbound-port", "25,587");

        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("tcp dport { 25, 587 } return");
    }
}
