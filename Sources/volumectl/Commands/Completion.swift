internal import ArgumentParser
internal import VolumeAPI

struct Completion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script by which a shell completes commands and options.",
        discussion: """
            bash:  source <(volumectl completion bash)
            zsh:   volumectl completion zsh > "${fpath[1]}/_volumectl"
            fish:  volumectl completion fish > ~/.config/fish/completions/volumectl.fish
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
            case .bash: VolumeCtl.completionScript(for: .bash)
            case .zsh: VolumeCtl.completionScript(for: .zsh)
            case .fish: VolumeCtl.completionScript(for: .fish)
            }
        try Console.result(piece: script + "\n")
    }
}
