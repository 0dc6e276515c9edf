internal import ArgumentParser
internal import VolumeAPI

struct Completion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script by which a shell completes commands, options and names.",
        discussion: """
            bash:  source <(volumectl completion bash)
            zsh:   volumectl completion zsh > "${fpath[1]}/_volumectl"
            fish:  volumectl completion fish > ~/.config/fish/completions/volumectl.fish

            Names of volumes, snapshots, types, QoS specs, pools and flows are those of your
            project, read from the database as they are then; at most 500.
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let script =
            switch shell {
            // Else bash would take a snapshot's name, such as data@monday, for three words.
            case .bash: VolumeCtl.completionScript(for: .bash) + "\nCOMP_WORDBREAKS=${COMP_WORDBREAKS//@/}"
            case .zsh: VolumeCtl.completionScript(for: .zsh)
            case .fish: VolumeCtl.completionScript(for: .fish)
            }
        try Console.result(piece: script + "\n")
    }
}
