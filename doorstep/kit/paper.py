"""The face that every PDF carries inside it, so that Chinese prints alike everywhere. Set-up brings
it; refuses nothing: whoever draws without it gets FileNotFoundError.
"""

from pathlib import Path

FONT = (
    Path(__file__).parents[2]
    / "node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"
)
