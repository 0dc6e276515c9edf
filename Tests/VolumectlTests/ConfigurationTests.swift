import Foundation
import Subprocess
import TestKit
import Testing

@Suite(.scratchDirectory)
struct ConfigurationTests {
    /// The effective project, which shows the source that won.
    private func project(_ arguments: [String] = [], _ variables: [String: String]) async throws -> String {
        let run = try await volumectl(["quota", "show", "-q"] + arguments, with: variables)
        expect(0, from: run)
        return try run.line
    }

    @Test(.enabled(if: !Machine.isConfigured, "this machine has a configuration"))
    func `the option overrides the variable, which overrides the user's file`() async throws {
        try Scratch.write("project: from-home", to: "xdg-config/volumectl/config.yaml")
        let variable = try Scratch.write("project: from-variable", to: "variable.yaml")
        let flag = try Scratch.write("project: from-flag", to: "flag.yaml")
        let home = ["VOLUMECTL_CONFIG": ""]
        #expect(try await project([], home) == "from-home")
        #expect(try await project([], ["VOLUMECTL_CONFIG": variable]) == "from-variable")
        #expect(try await project(["--config", flag], ["VOLUMECTL_CONFIG": variable]) == "from-flag")
        #expect(try await project([], home.merging(["XDG_CONFIG_HOME": ScratchDirectory.path]) { $1 }) == "default")
        #expect(try await project(["--config", flag], ["VOLUMECTL_PROJECT": "from-environment"]) == "from-environment")
        // A base directory has to be an absolute path.
        try Scratch.write("project: from-dot-config", to: "home/.config/volumectl/config.yaml")
        for other in ["", "relative"] {
            // Root reads no file in HOME.
            let expected = Machine.isRoot ? "default" : "from-dot-config"
            #expect(try await project([], home.merging(["XDG_CONFIG_HOME": other]) { $1 }) == expected)
        }
    }

    @Test func `the environment overrides the file`() async throws {
        let config = try Scratch.write(
            """
            project: file
            state-directory: \(ScratchDirectory.path)/from-file
            output: json
            quota:
              volumes: 7
              gigabytes: 70
              per-volume-gigabytes: 5
            """
        )
        let file = ["VOLUMECTL_CONFIG": config, "VOLUMECTL_STATE_DIRECTORY": "", "VOLUMECTL_DB": ""]
        let configured: QuotaRecord = try await volumectl("quota", "show", with: file).json()
        #expect(configured.project == "file")
        #expect(configured.volumes.limit == 7)
        #expect(configured.gigabytes.limitGib == 70)
        #expect(configured.perVolumeLimitGib == 5)
        #expect(Scratch.exists(ScratchDirectory.path + "/from-file/volumectl.db"))

        let database = ScratchDirectory.path + "/elsewhere/volumes.sqlite"
        let environment = [
            "VOLUMECTL_CONFIG": config, "VOLUMECTL_PROJECT": "environment", "VOLUMECTL_QUOTA_VOLUMES": "3",
            "VOLUMECTL_QUOTA_GIGABYTES": "-1", "VOLUMECTL_DB": database,
        ]
        let overridden: QuotaRecord = try await volumectl("quota", "show", with: environment).json()
        #expect(overridden.project == "environment")
        #expect(overridden.volumes.limit == 3)
        #expect(overridden.gigabytes.limitGib == nil)
        #expect(overridden.perVolumeLimitGib == 5)
        #expect(Scratch.exists(database))
        let table = environment.merging(["VOLUMECTL_OUTPUT": "table"]) { $1 }
        #expect(
            try await volumectl("quota", "show", with: table).lines.first?.hasPrefix("project environment ") == true
        )
    }

    @Test func `the output format may come from the file, the environment or the option`() async throws {
        let config = try Scratch.write("output: json")
        #expect(try await volumectl("ls", "--config", config).output == "[]\n")
        #expect(try await volumectl("ls", "--config", config, with: ["VOLUMECTL_OUTPUT": "table"]).output.isEmpty)
        #expect(try await volumectl("ls", with: ["VOLUMECTL_OUTPUT": "json"]).output == "[]\n")
        #expect(try await volumectl("ls", "-o", "table", with: ["VOLUMECTL_OUTPUT": "json"]).output.isEmpty)
        #expect(try await volumectl("ls", "-o", "table", with: ["VOLUMECTL_OUTPUT": "xml"]).status == 0)
        for variable in ["json", "xml"] {
            let run = try await volumectl("show", "none", "--config", config, with: ["VOLUMECTL_OUTPUT": variable])
            if variable == "json" { _ = try run.jsonError } else { _ = try run.error }
        }
        #expect(try await volumectl("show", "none", "--config", config).jsonError.exit == 3)
    }

    @Test(arguments: [
        "", "\n\n", "# nothing\n", "---\n", "{}", "quota:\n", "pools:\n  default:\n", "project:\nquota: null\n",
    ])
    func `an empty file has no effect`(text: String) async throws {
        let config = try Scratch.write(text)
        let with = try await volumectl("quota", "show", "-o", "json", "--config", config)
        expect(0, from: with)
        #expect(!with.errors.contains("warning"), "\(with)")
        #expect(with.output == (try await volumectl("quota", "show", "-o", "json").output))
        #expect(try await volumectl("pool", "ls", "-q", "--config", config).line == "default")
    }

    private static let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "etc/volumectl.yaml").path

    @Test(.enabled(if: FileManager.default.fileExists(atPath: sample), "the sample is not there"))
    func `the sample is valid and contains the defaults`() async throws {
        for command in [
            ["quota", "show", "-o", "json"], ["pool", "ls", "-o", "json"], ["create", "data", "1M", "-q"],
        ] {
            try await volumectl(command)
            let (with, without) = (
                try await volumectl(command + ["--config", Self.sample]), try await volumectl(command)
            )
            expect(0, from: with)
            #expect(!with.errors.contains("warning"), "\(with)")
            // The free space changes, and a limit comes from the sample.
            let others = /"free_bytes" : [0-9]+|_from" : "[a-z_]+"/
            #expect(with.output.replacing(others, with: "") == without.output.replacing(others, with: ""))
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: sample)))
    func `the program prints the sample`() async throws {
        let run = try await volumectl("config", "sample")
        expect(0, from: run)
        #expect(run.output == (try String(contentsOfFile: Self.sample, encoding: .utf8)))
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `a check of the configuration shows the values in force and touches nothing`() async throws {
        let config = try Scratch.write("project: prod\npools: {spare: {path: /srv/spare}}")
        let run = try await volumectl("config", "check", "--config", config)
        expect(0, from: run)
        let rows = run.lines.map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        #expect(rows.contains { $0[0] == "files" && $0[1].hasSuffix(config) })
        #expect(rows.contains { $0[0] == "project" && $0[1].hasSuffix("prod") })
        #expect(run.lines.contains { $0.wholeMatch(of: /other pools +spare/) != nil })
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: [
        ("output: xml\n", "'output': 'xml' is not table or wide or json or jsonl or yaml or csv or value or name", 1),
        ("\npol: a\n", "'pol': it is unknown", 2),
        ("quota: {volumes: many}\n", "'quota.volumes': 'many'", 1),
    ])
    func `a mistake is reported with its place and a remedy before anything is touched`(
        text: String,
        problem: String,
        line: Int
    ) async throws {
        let config = try Scratch.write(text)
        let run = try await volumectl("create", "a", "1M", "--config", config)
        expect(64, from: run)
        let error = try run.error
        #expect(error.headline.hasPrefix("the configuration can't be used: \(problem)"))
        #expect(error.cause == "it comes from \(config):\(line)")
        try await expectAccepted(error.remedies)
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: ["VOLUMECTL_OUTPUT", "VOLUMECTL_QUOTA_VOLUME"])
    func `a misspelt variable is an error, and an unknown one a warning`(name: String) async throws {
        let run = try await volumectl("ls", with: [name: "xml", "VOLUMECTL_UNRELATED": "x"])
        expect(64, from: run)
        #expect(try run.error.headline.contains(name) || run.error.cause == "it comes from \(name)")
        let warned = try await volumectl("ls", with: ["VOLUMECTL_UNRELATED": "x"])
        expect(0, from: warned)
        #expect(warned.notes.contains("warning: unknown variable VOLUMECTL_UNRELATED is ignored"))
    }

    @Test func `values are shown with the option, the line, the variable or the program that they come from`()
        async throws
    {
        struct Value: Decodable {
            struct Origin: Decodable {
                let kind: String
                let name: String?
                let file: String?
                let line: Int?
            }
            let key: String
            let value: String?
            let origin: Origin
        }
        let config = try Scratch.write("\nproject: prod\n")
        let command = ["config", "show", "--origin", "--config", config]
        let values: [Value] = try await volumectl(command + ["-o", "json"], with: ["VOLUMECTL_QUOTA_VOLUMES": "3"])
            .json()
        let origins = Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.origin) })
        #expect(origins["project"].map { $0.kind == "file" && $0.file == config && $0.line == 2 } == true)
        #expect(origins["quota.volumes"].map { $0.kind == "variable" && $0.name == "VOLUMECTL_QUOTA_VOLUMES" } == true)
        #expect(origins["output"].map { $0.kind == "option" && $0.name == "--output" } == true)
        #expect(origins["history.days"]?.kind == "built_in")
        #expect(values.first { $0.key == "pool" }.map { $0.value == nil } == true)
        let table = try await volumectl(command)
        expect(0, from: table)
        #expect(table.lines.first?.wholeMatch(of: /KEY +VALUE +ORIGIN/) != nil)
        #expect(table.lines.contains { $0.hasPrefix("project ") && $0.hasSuffix(" \(config):2") })
        #expect(try await volumectl(Array(command.prefix(2))).lines.first?.contains("ORIGIN") == false)
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: [("10", 10), ("10G", 10), ("1.5T", 1536), ("0", 0), ("-1", nil)])
    func `limits of gigabytes are sizes like all others`(text: String, limit: Int64?) async throws {
        let variables = ["VOLUMECTL_QUOTA_GIGABYTES": text, "VOLUMECTL_QUOTA_PER_VOLUME_GIGABYTES": text]
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: variables).json()
        #expect(quota.gigabytes.limitGib == limit)
        #expect(quota.perVolumeLimitGib == limit)
    }

    @Test(.enabled(if: Machine.isRoot)) func `without HOME the password database says where it is`() async throws {
        for (user, cause) in [(65534 as UInt32, "'/nonexistent/.local/state/volumectl'"), (54321, "no home directory")]
        {
            var command = Command(arguments: ["create", "--size", "1M"])
            command.variables = ["HOME": "", "XDG_STATE_HOME": "", "VOLUMECTL_STATE_DIRECTORY": ""]
            command.user = user
            #expect(try await command.run().errors.contains(cause))
        }
    }

    @Test func `a relative home is refused`() async throws {
        let unset = ["HOME": "here", "XDG_CONFIG_HOME": "", "VOLUMECTL_CONFIG": ""]
        for variables in [unset, ["HOME": "here", "XDG_STATE_HOME": "", "VOLUMECTL_STATE_DIRECTORY": ""]] {
            var command = Command(arguments: ["ls"], variables: variables)
            command.user = Machine.isRoot ? 65534 : nil
            let run = try await command.run()
            expect(64, from: run)
            #expect(try run.error.headline == "HOME is 'here', which is not an absolute path")
        }
    }

    @Test func `a configuration may come from a pipe`() async throws {
        let run = try await withPipe(holding: "project: piped") { pipe in
            try await Command(arguments: ["quota", "show", "-q", "--config", "/dev/stdin"])
                .run(input: .fileDescriptor(pipe, closeAfterSpawningProcess: false))
        }
        #expect(try run.line == "piped")
    }

    @Test(arguments: [("days", "0"), ("flows", "many"), ("flows", "99999999999999999999")])
    func `how long flows are remembered is read, and refused with its line when it is wrong`(key: String, wrong: String)
        async throws
    {
        for right in ["1", "-1"] {
            let config = try Scratch.write("history:\n  days: \(right)\n  flows: \(right)\n")
            expect(0, from: try await volumectl("config", "check", "--config", config))
        }
        let config = try Scratch.write("# kept\nhistory:\n  \(key): \(wrong)\n")
        let run = try await volumectl("config", "check", "--config", config)
        expect(64, from: run)
        let error = try run.error
        #expect(error.headline.contains("'history.\(key)': '\(wrong)' is not a whole number from 1"))
        #expect(error.cause == "it comes from \(config):3")
    }
}
